/** The 158 expressions of the golden numbers, written out from their formulas, by name. */
export function alpha158Expressions(): Map<string, string> {
  const bars: [string, string][] = [
    ["KMID", "($close-$open)/$open"],
    ["KLEN", "($high-$low)/$open"],
    ["KMID2", "($close-$open)/($high-$low+1e-12)"],
    ["KUP", "($high-Greater($open, $close))/$open"],
    ["KUP2", "($high-Greater($open, $close))/($high-$low+1e-12)"],
    ["KLOW", "(Less($open, $close)-$low)/$open"],
    ["KLOW2", "(Less($open, $close)-$low)/($high-$low+1e-12)"],
    ["KSFT", "(2*$close-$high-$low)/$open"],
    ["KSFT2", "(2*$close-$high-$low)/($high-$low+1e-12)"],
    ["OPEN0", "$open/$close"],
    ["HIGH0", "$high/$close"],
    ["LOW0", "$low/$close"],
    ["VWAP0", "$vwap/$close"],
  ];
  const rising = "Greater($close-Ref($close, 1), 0)";
  const falling = "Greater(Ref($close, 1)-$close, 0)";
  const moved = "Abs($close-Ref($close, 1))";
  const volumeOf = (text: string) => text.replaceAll("$close", "$volume");
  const weighted = "Abs($close/Ref($close, 1)-1)*$volume";
  const families: Record<string, (d: number) => string> = {
    ROC: (d) => `Ref($close, ${d})/$close`,
    MA: (d) => `Mean($close, ${d})/$close`,
    STD: (d) => `Std($close, ${d})/$close`,
    BETA: (d) => `Slope($close, ${d})/$close`,
    RSQR: (d) => `Rsquare($close, ${d})`,
    RESI: (d) => `Resi($close, ${d})/$close`,
    MAX: (d) => `Max($high, ${d})/$close`,
    MIN: (d) => `Min($low, ${d})/$close`,
    QTLU: (d) => `Quantile($close, ${d}, 0.8)/$close`,
    QTLD: (d) => `Quantile($close, ${d}, 0.2)/$close`,
    RANK: (d) => `Rank($close, ${d})`,
    RSV: (d) => `($close-Min($low, ${d}))/(Max($high, ${d})-Min($low, ${d})+1e-12)`,
    IMAX: (d) => `IdxMax($high, ${d})/${d}`,
    IMIN: (d) => `IdxMin($low, ${d})/${d}`,
    IMXD: (d) => `(IdxMax($high, ${d})-IdxMin($low, ${d}))/${d}`,
    CORR: (d) => `Corr($close, Log($volume+1), ${d})`,
    CORD: (d) => `Corr($close/Ref($close,1), Log($volume/Ref($volume, 1)+1), ${d})`,
    CNTP: (d) => `Mean($close>Ref($close, 1), ${d})`,
    CNTN: (d) => `Mean($close<Ref($close, 1), ${d})`,
    CNTD: (d) => `Mean($close>Ref($close, 1), ${d})-Mean($close<Ref($close, 1), ${d})`,
    SUMP: (d) => `Sum(${rising}, ${d})/(Sum(${moved}, ${d})+1e-12)`,
    SUMN: (d) => `Sum(${falling}, ${d})/(Sum(${moved}, ${d})+1e-12)`,
    SUMD: (d) => `(Sum(${rising}, ${d})-Sum(${falling}, ${d}))/(Sum(${moved}, ${d})+1e-12)`,
    VMA: (d) => `Mean($volume, ${d})/($volume+1e-12)`,
    VSTD: (d) => `Std($volume, ${d})/($volume+1e-12)`,
    WVMA: (d) => `Std(${weighted}, ${d})/(Mean(${weighted}, ${d})+1e-12)`,
    VSUMP: (d) => volumeOf(`Sum(${rising}, ${d})/(Sum(${moved}, ${d})+1e-12)`),
    VSUMN: (d) => volumeOf(`Sum(${falling}, ${d})/(Sum(${moved}, ${d})+1e-12)`),
    VSUMD: (d) => volumeOf(`(Sum(${rising}, ${d})-Sum(${falling}, ${d}))/(Sum(${moved}, ${d})+1e-12)`),
  };
  const rolling = Object.entries(families).flatMap(([family, expression]) =>
    [5, 10, 20, 30, 60].map((d): [string, string] => [`${family}${d}`, expression(d)]),
  );
  return new Map([...bars, ...rolling]);
}
