import type { App } from '../../src/http/server.ts'

/** Every address that the router knows, in the form in which it was registered. */
export function routesOf({ fastify }: App): string[] {
  const path: string[] = []
  const found: string[] = []
  for (const line of fastify.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent, label, served] = /^([│ ]*)[├└]── (\S*)( \(.+\))?$/.exec(line) ?? []
    if (indent === undefined || label === undefined) continue
    path.length = indent.length / 4
    path.push(label)
    if (served !== undefined) found.push(path.join(''))
  }
  return found
}
