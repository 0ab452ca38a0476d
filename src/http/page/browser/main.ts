/** The page: a link is enrolled with, a session goes on, or somebody signs in. */
import {
  call,
  forgetSession,
  lastsFor,
  isElsewhere,
  rememberedSession,
  useSession,
  watchSession,
  type Failure,
  type Reply,
} from './api.ts'
import { h } from './dom.ts'
import { showEnrolment } from './enrol.ts'
import { hasTyped, settleLanguage, show, tell, tellFailure, useHeader } from './frame.ts'
import { showHome, type Me } from './home.ts'
import { idleSecondsOf } from './idle.ts'
import { proofParts, proveInDialog, type Proof } from './proofs.ts'
import type { Json } from './passkey.ts'
import { newKey, ownKey, publicJwk } from './store.ts'
import { t, type TextName } from './text.ts'

async function begin(): Promise<void> {
  await settleLanguage()
  const invitation = invitationOf(location.hash)
  if (invitation !== undefined) {
    // It is not left where somebody may read it later.
    history.replaceState(undefined, '', '/')
    return showEnrolment(invitation, (isNew) => void showSignIn(isNew ? 'enrolledText' : undefined))
  }
  if ((await rememberedSession()) === undefined) return showSignIn()
  const me = await call<Me>('/auth/session')
  if (me.ok) return enter(me.value)
  return me.status === 401 ? showSignIn() : showUnable(me)
}

const invitationOf = (hash: string): string | undefined => /^#invitation=([\w-]+)$/.exec(hash)?.[1]

/** The server cannot say now who it is: the session may well go on. */
function showUnable(failure: Failure): Promise<void> {
  return show(() => {
    const again = h(
      'button',
      { type: 'button', class: 'primary', onclick: () => location.reload() },
      t('retry'),
    )
    const anew = h('button', { type: 'button', onclick: () => void showSignIn() }, t('signIn'))
    const main = h('main', {}, h('h1', {}, t('problem')), h('div', { class: 'acts' }, again, anew))
    tellFailure(main, failure)
    return main
  })
}

let who: Me | undefined

async function enter(me: Me): Promise<void> {
  who = me
  await useSession({ id: me.session, account: me.account })
  lastsFor(idleSecondsOf(me.roles))
  await settleLanguage(me.language)
  await showHome(me, (why) => void leave(why))
}

/** What somebody has typed waits for them; otherwise they sign in as always. */
async function over(): Promise<boolean> {
  if (who && hasTyped() && !(await isElsewhere()) && (await signInAgain(who))) return true
  await leave('sessionOver')
  return false
}

async function signInAgain({ login, account }: Me): Promise<boolean> {
  return proveInDialog(login, {
    title: t('over'),
    text: t('overText'),
    hides: true,
    passkeyText: t('withPasskey'),
    options: passkeyOptions,
    send: signIn,
    async done(me: Me) {
      await useSession({ id: me.session, account: me.account })
      // Somebody else: nothing of this is theirs.
      if (me.account !== account) location.reload()
    },
  })
}

async function leave(why: TextName): Promise<void> {
  if (!who) return
  if (await isElsewhere(who.account)) return location.reload()
  who = undefined
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
        done: enter,
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
  forgetSession()
  return publicJwk(await newKey())
}

async function passkeyOptions(): Promise<Reply<{ flow: string; options: Json }>> {
  return call('/auth/passkey-options', { method: 'POST', body: { key: await freshKey() } })
}

async function signIn(proof: Proof): Promise<Reply<Me>> {
  const key = proof.kind === 'passkey' ? await publicJwk(await ownKey()) : await freshKey()
  return call<Me>('/auth/session', { method: 'POST', body: { proof, key } })
}

watchSession(over, () => location.reload())
// Opened in a tab where the page is already.
addEventListener('hashchange', () => {
  if (invitationOf(location.hash) !== undefined) location.reload()
})
begin().catch((error: unknown) => {
  reportError(error)
  return show(() => h('main', {}, h('h1', {}, t('problem')), h('p', {}, t('noStore'))))
})
