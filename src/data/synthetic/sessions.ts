const DAY_MS = 86_400_000;

/**
 * The first `count` trading days from `start` on: weekdays that are no holiday of the exchanges. Epoch ms. For `cn` only holidays
 * with a fixed date are known (1 January, 1–3 May, 1–7 October), not those of the lunar calendar.
 */
export function tradingSessions(start: number, count: number, region: "us" | "cn" = "us"): Float64Array {
  const days = new Float64Array(count);
  let found = 0;
  for (let ms = Math.ceil(start / DAY_MS) * DAY_MS; found < count; ms += DAY_MS) {
    if (isSession(new Date(ms), region)) days[found++] = ms;
  }
  return days;
}

function isSession(date: Date, region: "us" | "cn"): boolean {
  const weekday = date.getUTCDay();
  return weekday !== 0 && weekday !== 6 && !(region === "us" ? isHoliday(date) : isFixedChineseHoliday(date));
}

function isFixedChineseHoliday(date: Date): boolean {
  const [month, day] = [date.getUTCMonth() + 1, date.getUTCDate()];
  return (month === 1 && day === 1) || (month === 5 && day <= 3) || (month === 10 && day <= 7);
}

/** The US exchanges' nine holidays (ten from 2022); those on a Sunday are kept on Monday, those on a Saturday on Friday. */
function isHoliday(date: Date): boolean {
  const [year, month, day, weekday] = [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCDay(),
  ];
  const isNth = (inMonth: number, ofWeekday: number, n: number) =>
    month === inMonth && weekday === ofWeekday && Math.ceil(day / 7) === n;
  const isKept = (inMonth: number, on: number) => {
    const holiday = new Date(Date.UTC(year, inMonth - 1, on));
    const moved = holiday.getTime() + ({ 0: 1, 6: -1 }[holiday.getUTCDay()] ?? 0) * DAY_MS;
    return date.getTime() === moved;
  };
  return (
    // A New Year's Day on Saturday is not kept on the old year's last day.
    (month === 1 && isKept(1, 1)) ||
    isNth(1, 1, 3) || // Martin Luther King
    isNth(2, 1, 3) || // Presidents
    date.getTime() === easterSunday(year) - 2 * DAY_MS || // Good Friday
    (month === 5 && weekday === 1 && day > 24) || // Memorial
    (year >= 2022 && isKept(6, 19)) || // Juneteenth
    isKept(7, 4) ||
    isNth(9, 1, 1) || // Labor
    isNth(11, 4, 4) || // Thanksgiving
    isKept(12, 25)
  );
}

/** Gauss's rule in the form of Meeus, Jones and Butcher. */
function easterSunday(year: number): number {
  const a = year % 19;
  const [b, c] = [Math.floor(year / 100), year % 100];
  const [d, e] = [Math.floor(b / 4), b % 4];
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - d - g + 15) % 30;
  const [i, k] = [Math.floor(c / 4), c % 4];
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const place = h + l - 7 * m + 114;
  return Date.UTC(year, Math.floor(place / 31) - 1, (place % 31) + 1);
}
