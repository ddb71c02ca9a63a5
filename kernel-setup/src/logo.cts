/** The kernel's picture in a launcher: a rising line over bars, 64 × 64. */
export const LOGO_SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64">
<rect width="64" height="64" rx="10" fill="#2563a8"/>
<g fill="#fff" fill-opacity=".38"><rect x="10" y="42" width="8" height="12"/><rect x="22" y="36" width="8" height="18"/><rect x="34" y="30" width="8" height="24"/><rect x="46" y="22" width="8" height="32"/></g>
<path d="M10 36 L24 28 L36 30 L54 10" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round" stroke-linejoin="round"/>
</svg>
`;
