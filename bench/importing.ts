/** The areas `import` and `export`: whole files, as the command brings them; and what came of them, in sealed files. */
import type { Area } from './area.ts'
import { startChild, type Child } from './child.ts'
import { importSet } from './import.ts'

export async function openImportArea(): Promise<Area> {
  const server = await startChild('importer.ts')
  await server.ask('start')
  // The first one loads what is loaded once, on both sides.
  await server.ask('import')
  let medplum: Child | undefined
  const floor = async () => {
    if (!medplum) {
      medplum = await startChild('parsing.ts', ['medplum'])
      await medplum.ask('parse')
    }
    return medplum.ask<number>('parse')
  }
  return {
    server,
    facts: { import: importSet().name },
    floors: { 'medplum.validate': floor },
    measures: [
      {
        name: 'import.rate',
        unit: 'resources/s',
        better: 'higher',
        floor: 'medplum.validate',
        goal: 1.2,
        run: () => server.ask<number>('import'),
      },
    ],
    before: async () => [],
    after: async () => [],
    bytesFloor: () => ({}),
  }
}

export async function openExportArea(): Promise<Area> {
  const server = await startChild('importer.ts')
  await server.ask('start')
  await server.ask('import')
  await server.ask('export')
  const run = () => server.ask<number>('export')
  return {
    server,
    facts: { export: importSet().name },
    floors: {},
    measures: [{ name: 'export.rate', unit: 'resources/s', better: 'higher', run }],
    before: async () => [],
    after: async () => [],
    bytesFloor: () => ({}),
  }
}
