// The dashboard in docker/ asks for nothing that the broker does not have.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { allMetrics } from '../../src/monitoring/metrics.ts'

const path = new URL('../../docker/grafana-dashboard.json', import.meta.url)
const text = readFileSync(path, 'utf8')
const asked = [...text.matchAll(/\b((?:kafka|ottla|process|nodejs)_[a-z0-9_]+)/g)].map(
  ([, name]) => name ?? '',
)

test('every metric of the dashboard is one of ours', () => {
  const known = new Set(allMetrics.map(({ name }) => name))
  expect(asked.length).toBeGreaterThan(20)
  expect(asked.filter((name) => !known.has(name))).toEqual([])
})

test('every label that the dashboard selects by is one that the metric has', () => {
  const byName = new Map(allMetrics.map(({ name, labels }) => [name, new Set(labels)]))
  const wrong: string[] = []
  for (const [, name = '', selectors = ''] of text.matchAll(/([a-z0-9_]+)\{([^}]*)\}/g)) {
    for (const [, label = ''] of selectors.matchAll(/([a-zA-Z_]+)(?:=~|!=|!~|=)/g)) {
      // Prometheus itself adds the instance.
      if (label !== 'instance' && byName.get(name)?.has(label) !== true) wrong.push(name + label)
    }
  }
  expect(wrong).toEqual([])
})
