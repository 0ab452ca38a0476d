/** The page: a link is enrolled with, a session goes on, or somebody signs in. */
import { call, rememberedSession, useSession, type Reply } from './api.ts'
import { h } from './dom.ts'
import { showEnrolment } from './enrol.ts'
import { settleLanguage, show, tell, useHeader } from './frame.ts'
import { showHome, type Me } from './home.ts'
import { proofParts, type Proof } from './proofs.ts'
import type { Json } from './passkey.ts'
import { newKey, ownKey, publicJwk } from './store.ts'
import { t, type TextName } from './text.ts'

async function begin(): Promise<void> {
  await settleLanguage()
  const invitation = /^#invitation=([\w-]+)$/.exec(location.hash)?.[1]
  if (invitation !== undefined) {
    // It is not left where somebody may read it later.
    history.replaceState(undefined, '', '/')
    return showEnrolment(invitation, (isNew) => void showSignIn(isNew ? 'enrolledText' : undefined))
  }
  if ((await rememberedSession()) === undefined) return showSignIn()
  const me = await call<Me>('/auth/session')
  return me.ok ? enter(me.value) : showSignIn()
}

async function enter(me: Me): Promise<void> {
  await useSession(me.session)
  await settleLanguage(me.language)
  await showHome(me, (why) => void leave(why))
}

async function leave(why: TextName): Promise<void> {
  await useSession(undefined)
  await newKey()
  await showSignIn(why)
}

function showSignIn(why?: TextName): Promise<void> {
  useHeader(() => [])
  return show(() => {
    const main = h('main', {}, h('h1', {}, t('signIn')))
    main.append(
      ...proofParts<Me>(() => main, {
        passkeyText: t('withPasskey'),
        options: passkeyOptions,
        send: signIn,
        done: (me) => void enter(me),
      }),
      h('details', {}, h('summary', {}, t('cannot')), h('p', {}, t('cannotHelp'))),
    )
    if (why !== undefined)
      tell(
        main,
        why === 'enrolledText' ? 'ok' : 'info',
        why === 'enrolledText' ? t('enrolled') : t('attention'),
        t(why),
      )
    return main
  })
}

/** Each session with a key of its own, which what is asked for it is bound to. */
async function freshKey(): Promise<JsonWebKey> {
  await useSession(undefined)
  return publicJwk(await newKey())
}

async function passkeyOptions(): Promise<Reply<{ flow: string; options: Json }>> {
  return call('/auth/passkey-options', { method: 'POST', body: { key: await freshKey() } })
}

async function signIn(proof: Proof): Promise<Reply<Me>> {
  const key = proof.kind === 'passkey' ? await publicJwk(await ownKey()) : await freshKey()
  return call<Me>('/auth/session', { method: 'POST', body: { proof, key } })
}

void begin()
