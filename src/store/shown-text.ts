/**
 * SQL for the JSON text in column `value` as people write it: a string without its quotes (with them where it holds what
 * SQL has no text for).
 */
export const SHOWN_TEXT = `CASE WHEN value[1] = '"' THEN coalesce(TRY(value ->> '$'), value) ELSE value END`;
