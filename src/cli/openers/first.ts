import type { OpenerSecret } from '#kernel/keys/index.ts'
import type { Context } from '../command.ts'
import type { Home, HomeOpener } from '../home/home.ts'
import { isDeviceKind } from '../home/places.ts'
import type { FirstOpener } from '../house/make.ts'
import { keyFileOf } from '../house/opener.ts'
import type { Problem } from '../house/problem.ts'
import { deal, dealAsked } from './dealing.ts'
import { newDeviceSecret, placesOfSecret } from './device.ts'
import type { SecretSource } from './source.ts'

/** What a home is made with, once its kind is chosen: asked for, generated, or dealt while it is being made. */
export async function firstOpener(
  context: Context,
  opener: HomeOpener,
  { path, source, before }: { path: string; source: SecretSource; before: Home | undefined },
): Promise<({ status: 'ok' } & FirstOpener) | Problem> {
  const whole = (secret: OpenerSecret) =>
    ({ status: 'ok', opener, secret, again: secret, ...placesOfSecret(secret) }) as const
  if (opener === 'key-file') return whole(keyFileOf(path))
  if (isDeviceKind(opener)) {
    const made = await newDeviceSecret(opener, context, source, before?.record.places)
    return made.status === 'ok' ? whole(made.secret) : made
  }
  if (opener === 'passphrase') {
    const read = await source.newPassphrase()
    return read.status === 'ok' ? whole(read.sent) : read
  }
  const asked = await dealAsked(context)
  if (asked.status === 'problem') return asked
  const secret = async (house: string): Promise<OpenerSecret | undefined> => {
    const dealt = await deal(context, house, asked.deal)
    if (dealt.status === 'ok') return { kind: 'shamir', shares: dealt.shares }
    context.note(dealt.text)
    return undefined
  }
  return { status: 'ok', opener, secret }
}
