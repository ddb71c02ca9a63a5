/** Keeps a quotient finite where its divisor is 0. */
export const TINY = "1e-12";

/**
 * The nine shapes of a day's bar: its body, shadows and where between them it closed, against the open and against its
 * width.
 */
export const BAR_SHAPES: readonly (readonly [name: string, expression: string])[] = [
  ["KMID", "($close-$open)/$open"],
  ["KLEN", "($high-$low)/$open"],
  ["KMID2", `($close-$open)/($high-$low+${TINY})`],
  ["KUP", "($high-Greater($open, $close))/$open"],
  ["KUP2", `($high-Greater($open, $close))/($high-$low+${TINY})`],
  ["KLOW", "(Less($open, $close)-$low)/$open"],
  ["KLOW2", `(Less($open, $close)-$low)/($high-$low+${TINY})`],
  ["KSFT", "(2*$close-$high-$low)/$open"],
  ["KSFT2", `(2*$close-$high-$low)/($high-$low+${TINY})`],
];

const rise = (field: string) => `Greater(${field}-Ref(${field}, 1), 0)`;
const fall = (field: string) => `Greater(Ref(${field}, 1)-${field}, 0)`;
const move = (field: string) => `Abs(${field}-Ref(${field}, 1))`;
const shareOfMoves = (field: string, part: string, d: number) => `${part}/(Sum(${move(field)}, ${d})+${TINY})`;
const balance = (field: string, d: number) => `(Sum(${rise(field)}, ${d})-Sum(${fall(field)}, ${d}))`;

/** Volume weighted by the size of the day's return, whatever its sign. */
const WEIGHTED = "Abs($close/Ref($close, 1)-1)*$volume";

/**
 * The 29 families of Alpha158 over the last `d` days, in Qlib's order.
 *
 * Easy to misread: ROC is past over now; IMAX and IMIN count from the oldest day; CNTP and CNTN are never missing.
 */
export const ROLLING_FAMILIES: ReadonlyMap<string, (d: number) => string> = new Map<string, (d: number) => string>([
  ["ROC", (d) => `Ref($close, ${d})/$close`],
  ["MA", (d) => `Mean($close, ${d})/$close`],
  ["STD", (d) => `Std($close, ${d})/$close`],
  ["BETA", (d) => `Slope($close, ${d})/$close`],
  ["RSQR", (d) => `Rsquare($close, ${d})`],
  ["RESI", (d) => `Resi($close, ${d})/$close`],
  ["MAX", (d) => `Max($high, ${d})/$close`],
  ["MIN", (d) => `Min($low, ${d})/$close`],
  ["QTLU", (d) => `Quantile($close, ${d}, 0.8)/$close`],
  ["QTLD", (d) => `Quantile($close, ${d}, 0.2)/$close`],
  ["RANK", (d) => `Rank($close, ${d})`],
  ["RSV", (d) => `($close-Min($low, ${d}))/(Max($high, ${d})-Min($low, ${d})+${TINY})`],
  ["IMAX", (d) => `IdxMax($high, ${d})/${d}`],
  ["IMIN", (d) => `IdxMin($low, ${d})/${d}`],
  ["IMXD", (d) => `(IdxMax($high, ${d})-IdxMin($low, ${d}))/${d}`],
  ["CORR", (d) => `Corr($close, Log($volume+1), ${d})`],
  ["CORD", (d) => `Corr($close/Ref($close, 1), Log($volume/Ref($volume, 1)+1), ${d})`],
  ["CNTP", (d) => `Mean($close>Ref($close, 1), ${d})`],
  ["CNTN", (d) => `Mean($close<Ref($close, 1), ${d})`],
  ["CNTD", (d) => `Mean($close>Ref($close, 1), ${d})-Mean($close<Ref($close, 1), ${d})`],
  ["SUMP", (d) => shareOfMoves("$close", `Sum(${rise("$close")}, ${d})`, d)],
  ["SUMN", (d) => shareOfMoves("$close", `Sum(${fall("$close")}, ${d})`, d)],
  ["SUMD", (d) => shareOfMoves("$close", balance("$close", d), d)],
  ["VMA", (d) => `Mean($volume, ${d})/($volume+${TINY})`],
  ["VSTD", (d) => `Std($volume, ${d})/($volume+${TINY})`],
  ["WVMA", (d) => `Std(${WEIGHTED}, ${d})/(Mean(${WEIGHTED}, ${d})+${TINY})`],
  ["VSUMP", (d) => shareOfMoves("$volume", `Sum(${rise("$volume")}, ${d})`, d)],
  ["VSUMN", (d) => shareOfMoves("$volume", `Sum(${fall("$volume")}, ${d})`, d)],
  ["VSUMD", (d) => shareOfMoves("$volume", balance("$volume", d), d)],
]);
