/** The value at a path of names and indices, such as `entry.0.response.status`; undefined where there is none. */
export function at(tree: unknown, path: string): unknown {
  let value = tree
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}
