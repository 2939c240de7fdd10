// How a cost grows: the exponent of the power law through its points.

/** Costs at sizes: y ~ x^exponent, by least squares over the logarithms. 0 is flat, 1 is proportional. */
export function exponentOf(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const)
  const mean = (at: 0 | 1): number => logs.reduce((sum, log) => sum + log[at], 0) / logs.length
  const [meanX, meanY] = [mean(0), mean(1)]
  let [covariance, variance] = [0, 0]
  for (const [x, y] of logs) {
    covariance += (x - meanX) * (y - meanY)
    variance += (x - meanX) ** 2
  }
  return variance === 0 ? 0 : covariance / variance
}
