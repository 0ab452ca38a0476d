/** What is sensitive is seen by fewer: labels of resources, and whose record it is. README.md. */
import { readFileSync } from 'node:fs'
import { onceKnown, type Judge, type Safeguard } from '#kernel/safeguard.ts'
import type { Asking, Chart, CompartmentId, PolicyThing, Request } from '#records/index.ts'
import { levelOf, levels, patientBy, patients, type Level } from './labels.ts'

export const sensitivity: Safeguard<Asking, Request, CompartmentId, PolicyThing> = {
  name: 'sensitivity',
  duties: [2, 4],
  isNarrowing: true,
  policy: readFileSync(new URL('policy.cedar', import.meta.url), 'utf8'),
  facts: {
    label: { of: 'between', values: levels, tell: labelsSeen },
    patient: { of: 'subject', values: patients, tell: whoseItIs },
    joins: { of: 'between', values: [false, true], tell: joining },
  },
}

/** `none` too of what whoever asks had part in: it names them, or is of a visit that does. */
function labelsSeen(
  { principal, sources }: Asking,
  subject: CompartmentId,
): Judge<PolicyThing> | Promise<Judge<PolicyThing>> {
  if (subject === sources.facility()) return unlabelled
  const { practitioner } = principal.person ?? {}
  const looked = practitioner === undefined ? undefined : sources.chartOf(subject)
  return onceKnown<Chart | undefined, Judge<PolicyThing>>(looked, (chart) => ({ kind, content }) => {
    // Of who it is about the labels of the Patient say it.
    if (!content || content.labels.length === 0 || kind === 'identity') return 'none'
    const level = levelOf(content.labels)
    if (level === 'none' || practitioner === undefined) return level
    const names = content.references()
    if (names.has(practitioner)) return 'none'
    if (level === 'closest') return level
    const visits = chart?.visitsOf(practitioner)
    return visits && [...names].some((name) => visits.has(name)) ? 'none' : level
  })
}

const unlabelled: Judge<PolicyThing> = (): Level => 'none'

/** Only reception sees something of whoever comes: for others it changes nothing. */
function whoseItIs({ principal, sources }: Asking, subject: CompartmentId) {
  if (!principal.person?.roles.includes('reception') || subject === sources.facility()) return 'usual'
  return onceKnown(sources.chartOf(subject), (chart) =>
    chart ? patientBy(chart.labels, chart.isAlso.size > 0) : 'usual',
  )
}

/** Whether they would put themselves into somebody's visit. */
function joining(
  { principal, sources }: Asking,
  subject: CompartmentId,
): Judge<PolicyThing> | Promise<Judge<PolicyThing>> {
  const { practitioner } = principal.person ?? {}
  if (practitioner === undefined || subject === sources.facility()) return staying
  return onceKnown<Chart | undefined, Judge<PolicyThing>>(
    sources.chartOf(subject),
    (chart) =>
      ({ action, type, content }) =>
        action === 'update' &&
        type === 'Encounter' &&
        content !== undefined &&
        content.references().has(practitioner) &&
        !chart?.visitsOf(practitioner).has(`Encounter/${content.id}`),
  )
}

const staying: Judge<PolicyThing> = () => false
