import type { Context, Run } from '../command.ts'
import type { OpenersKnown } from '../control/protocol.ts'
import { exit, type ExitCode } from '../exit.ts'
import { homeOpeners, type Home, type HomeOpener } from '../home/home.ts'
import { isDeviceKind } from '../home/places.ts'
import type { ChangeAnswer } from '../house/changing.ts'
import { problem, type Problem } from '../house/problem.ts'
import { deal, dealAsked } from '../openers/dealing.ts'
import { newDeviceSecret, pinIsTyped } from '../openers/device.ts'
import type { SecretSent } from '../openers/sent.ts'
import { SecretSource } from '../openers/source.ts'
import { secretText } from '../openers/texts.ts'
import { shareText, zeroShare } from '#kernel/keys/index.ts'
import { askApproval } from './approvals.ts'
import { ask } from './ask.ts'
import { awaitPurge } from './purged.ts'
import { report } from './report.ts'

/** Changes what opens the running vault, from any kind to any. What opens it now is asked for first. */
export const run: Run = async (context) => {
  const to = homeOpeners.find((kind) => kind === context.options['to'])
  if (!to) return report(context, kindWanted)
  return await changeOpener(context, to)
}

export async function changeOpener(context: Context, to: HomeOpener): Promise<ExitCode> {
  // Said before anything is asked for.
  const dealt = to === 'shamir' ? await dealAsked(context) : undefined
  if (dealt?.status === 'problem') return report(context, dealt)
  const source = new SecretSource(context)
  const begun = await beginChange(context, source)
  if (begun.status === 'problem') return report(context, begun)
  const { home, name, proof } = begun
  const made = await newSecret(context, to, { source, home, name, ...(dealt ? { deal: dealt.deal } : {}) })
  if (made.status === 'problem') return report(context, made)
  const asked = await ask(context, 'POST /opener', { proof, to: made.sent, place: made.place })
  if (asked.status === 'problem') return report(context, asked)
  if (asked.answer.status === 'held') return askHeld(context, asked.answer)
  if (asked.answer.status !== 'ok') return report(context, changeProblem(asked.answer))
  context.note(done(to))
  await awaitPurge(context)
  return exit.ok
}

/** What was proven waits for another person. What was made for it opens nothing before that. */
export function askHeld(context: Context, { to, held }: { to: string; held: string }): Promise<ExitCode> {
  context.note(heldUntil)
  return askApproval(context, { kind: 'opener', to, held })
}

/** Whether the vault is open, and who asks can open it: else nobody changes who can. */
export async function beginChange(
  context: Context,
  source: SecretSource,
): Promise<{ status: 'ok'; home: Home; name: string; proof: SecretSent } | Problem> {
  const known = await ask(context, 'GET /openers')
  if (known.status === 'problem') return known
  const { home } = known
  const { vault, name, opener }: OpenersKnown = known.answer
  if (vault === 'sealed' || name === undefined) return isSealed
  const { places } = home.record
  const kind = context.options['kit'] === true ? 'recovery-kit' : opener
  context.note(proveFirst)
  const read = await source.present(kind, pinIsTyped(places, context.options))
  if (read.status === 'problem') return read
  const proven = await ask(context, 'POST /prove', { secret: read.sent })
  if (proven.status === 'problem') return proven
  if (proven.answer.status !== 'ok') return problem(exit.failed, secretText(proven.answer))
  return { status: 'ok', home, name, proof: read.sent }
}

async function newSecret(
  context: Context,
  to: HomeOpener,
  given: { source: SecretSource; home: Home; name: string; deal?: Parameters<typeof deal>[2] },
): Promise<{ status: 'ok'; sent: SecretSent; place?: unknown } | Problem> {
  if (to === 'passphrase') return await given.source.newPassphrase()
  if (to === 'key-file') return { status: 'ok', sent: { kind: to } }
  if (isDeviceKind(to)) {
    const made = await newDeviceSecret(to, context, given.source, given.home.record.places)
    if (made.status === 'problem') return made
    const { secret } = made
    const pin = 'pin' in secret && secret.pin !== undefined ? { pin: secret.pin } : {}
    return { status: 'ok', sent: { kind: to, ...pin }, place: 'place' in secret ? secret.place : undefined }
  }
  if (!given.deal) throw new Error('a deal has numbers')
  const dealt = await deal(context, given.name, given.deal)
  if (dealt.status === 'problem') return dealt
  const shares = dealt.shares.map(shareText)
  for (const share of dealt.shares) zeroShare(share)
  return { status: 'ok', sent: { kind: 'shamir', shares } }
}

export function changeProblem(answer: Exclude<ChangeAnswer, { status: 'ok' }>): Problem {
  switch (answer.status) {
    case 'sealed':
      return isSealed
    case 'not-proven':
      return problem(exit.failed, secretText(answer.why))
    case 'last-opener':
    case 'opener-absent':
      return problem(exit.failed, {
        es: 'Alguien más cambió con qué se abre la bóveda en este momento: mire «sigilo keys status» y repita.',
        en: 'Somebody else changed what opens the vault at this moment: see "sigilo keys status", and repeat.',
      })
    case 'opener-damaged':
      return problem(exit.failed, {
        es: `Lo que la base de datos guarda de «${answer.kind}» está dañado: quítelo o restáurelo antes.`,
        en: `What the database holds of "${answer.kind}" is damaged: remove it, or restore it, first.`,
      })
    default:
      return problem(exit.failed, secretText(answer))
  }
}

const kindWanted = problem(exit.usage, {
  es: `Diga con qué se abrirá: --to ${homeOpeners.join('|')}`,
  en: `Say what shall open it: --to ${homeOpeners.join('|')}`,
})

const isSealed = problem(exit.sealed, {
  es: 'La bóveda está sellada: ábrala antes, con «sigilo keys unseal».',
  en: 'The vault is sealed: open it first, with "sigilo keys unseal".',
})

const heldUntil = {
  es: 'Nada cambió todavía: espera que lo apruebe otra persona, dentro de una hora. Si el servidor se detiene antes, hay que pedirlo de nuevo.',
  en: 'Nothing has changed yet: it waits for another person to approve it within an hour. If the server stops before that, ask again.',
}

const proveFirst = {
  es: 'Antes, lo que abre la bóveda ahora.',
  en: 'First, what opens the vault now.',
}

const done = (to: HomeOpener) => ({
  es: `Hecho: desde ahora la bóveda se abre con ${to}. Lo que la abría antes ya no la abre; el kit de recuperación, si lo hay, sí.`,
  en: `Done: from now on the vault is opened with ${to}. What opened it before no longer does; the recovery kit, if there is one, does.`,
})
