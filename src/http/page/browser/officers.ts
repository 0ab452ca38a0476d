/** What one asks, another approves; and what somebody may object to that is about them. */
import { call, type Reply } from './api.ts'
import { field, h } from './dom.ts'
import { isCopied } from './enrol.ts'
import { busy, isFilled, show, showAgain, tell, tellFailure } from './frame.ts'
import { usePasskey, type Json } from './passkey.ts'
import { peoplePart, type AccountSeen } from './people.ts'
import { programsPart, type ProgramSeen } from './programs.ts'
import { callStepped } from './proofs.ts'
import { standingFields } from './standing.ts'
import { currentLanguage, stateText, t, timeText, type Language, type TextName } from './text.ts'

interface ApprovalSeen {
  id: string
  act: { kind: string }
  words: Record<Language, string>
  about?: { account: string; name: string }
  state: string
  askedBy: { name: string; at: number }
  needed: number
  approvedBy: { name: string }[]
  expiresAt: number
  opensAt?: number
  isYours: boolean
}

interface Given {
  url: string
  name: string
  endsAt: number
}

type Me = { login: string; account: string; roles?: readonly string[] }
type Failed = (reply: Reply<unknown>) => void

export async function officerParts(
  { login, account }: Me,
  failed: Failed,
  back: () => Promise<void>,
): Promise<HTMLElement[]> {
  const [approvals, accounts, programs] = await Promise.all([
    call<{ approvals: ApprovalSeen[] }>('/auth/approvals'),
    call<{ accounts: AccountSeen[] }>('/auth/accounts'),
    call<{ programs: ProgramSeen[] }>('/auth/programs'),
  ])
  for (const each of [approvals, accounts, programs]) failed(each)
  if (!approvals.ok || !accounts.ok || !programs.ok) return []
  return [
    approvalsPart({ login, account }, approvals.value.approvals, 'toApprove', back),
    invitePart(login),
    peoplePart(login, accounts.value.accounts),
    programsPart(login, programs.value.programs),
  ]
}

/** Of whoever is no officer: what is asked about them, and what they may approve besides. */
export async function approvalsOf(
  me: Me & { roles: readonly string[] },
  failed: Failed,
): Promise<HTMLElement[]> {
  const approvals = await call<{ approvals: ApprovalSeen[] }>('/auth/approvals')
  failed(approvals)
  if (!approvals.ok) return []
  // Grants have a part of their own.
  const seen = approvals.value.approvals.filter(({ act }) => act.kind !== 'grant')
  return [...(seen.length === 0 ? [] : [approvalsPart(me, seen, 'requests')]), beyondPart(me)]
}

/** What the limit of the day holds back: done once, when somebody else has approved it. */
function beyondPart({ login, account }: Me): HTMLElement {
  const what = field(t('beyondWhat'), { name: 'what', autocomplete: 'off', required: true }, t('beyondHint'))
  const button = h('button', { type: 'submit' }, t('askBeyond'))
  const form = h('form', { novalidate: true }, ...what.parts, h('div', { class: 'acts' }, button))
  const send = async (): Promise<void> => {
    const body = { kind: 'export', account, what: plain(what.input.value.trim()) }
    const reply = await callStepped(login, '/auth/approvals', { method: 'POST', body })
    if (!reply) return
    if (!reply.ok) return tellFailure(form, reply)
    form.reset()
    await showAgain(t('askedFor'))
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (isFilled(form)) void busy(button, send)
  })
  const details = h('details', {}, h('summary', {}, t('beyond')), form)
  return h('section', { 'aria-label': t('beyond') }, details)
}

/** As it is, or as the header has it. */
function plain(what: string): string {
  try {
    return decodeURIComponent(what)
  } catch {
    return what
  }
}

/** With the passkey, which signs the very act; whoever has none shows both factors again. Undefined where it was given up. */
export async function approveWith(login: string, id: string): Promise<Reply<{ link?: Given }> | undefined> {
  const path = `/auth/approvals/${id}`
  const asked = await call<{ flow: string; options: Json }>(`${path}/options`, { method: 'POST', body: {} })
  if (!asked.ok && asked.error !== 'no-passkey') return asked
  if (!asked.ok) return callStepped(login, `${path}/approve`, { method: 'POST', body: {} })
  const response = await usePasskey(asked.value.options)
  if (!response) return undefined
  const proof = { flow: asked.value.flow, response }
  return callStepped(login, `${path}/approve`, { method: 'POST', body: { proof } })
}

/** Whoever keeps the records decides which are one person's; what else may be approved is the officers'. */
const keepers: readonly string[] = ['archivist', 'privacy-officer']
const ofKeepers: readonly string[] = ['merge', 'unmerge']

function approvalsPart(
  { login, account, roles = [] }: Me,
  approvals: ApprovalSeen[],
  title: TextName,
  back?: () => Promise<void>,
): HTMLElement {
  const section = h('section', { 'aria-labelledby': title }, h('h2', { id: title }, t(title)))
  const isOfficers = title === 'toApprove'
  const isKeeper = roles.some((role) => keepers.includes(role))
  const isLive = ({ state, act }: ApprovalSeen) =>
    state === 'pending' || (state === 'approved' && (act.kind === 'reset' || act.kind === 'invite'))
  const live = approvals.filter(isLive)
  if (live.length === 0) section.append(h('p', { class: 'hint' }, t('nothingToApprove')))

  const decide = async (id: string, how: string, method: 'POST' | 'DELETE' = 'POST'): Promise<void> => {
    const path = how === '' ? `/auth/approvals/${id}` : `/auth/approvals/${id}/${how}`
    const body = method === 'POST' ? { body: {} } : {}
    const reply: Reply<{ link?: Given } & Partial<Given>> | undefined =
      how === 'approve' ? await approveWith(login, id) : await callStepped(login, path, { method, ...body })
    if (!reply)
      return how === 'approve' ? tell(section, 'attention', t('attention'), t('passkeyStopped')) : undefined
    if (!reply.ok) return tellFailure(section, reply)
    const given = how === 'link' ? (reply.value as Given) : reply.value?.link
    if (given && back) return showLink(given, back)
    await showAgain()
  }
  const button = (name: TextName, about: string, does: () => Promise<void>, kind = '') => {
    const made = h('button', { type: 'button', class: kind, 'aria-label': `${t(name)}: ${about}` }, t(name))
    made.addEventListener('click', () => void busy(made, does))
    return made
  }
  for (const {
    id,
    act,
    words,
    about,
    state,
    askedBy,
    needed,
    approvedBy,
    expiresAt,
    opensAt,
    isYours,
  } of live) {
    const deed = words[currentLanguage()]
    const done = approvedBy.map(({ name }) => name).join(', ')
    const isPending = state === 'pending'
    const isOwn = about?.account === account
    const isBeyond = act.kind === 'export' && roles.includes('privacy-officer')
    const mayApprove = isOfficers || isBeyond || (isKeeper && ofKeepers.includes(act.kind))
    const row = (name: TextName, text: string) => [h('dt', {}, t(name)), h('dd', {}, text)]
    section.append(
      h(
        'div',
        { class: 'card' },
        h(
          'dl',
          {},
          ...row('what', deed),
          ...(about ? row('whom', about.name) : []),
          ...row('askedBy', `${askedBy.name}, ${timeText(askedBy.at)}`),
          ...(needed > 1 ? row('approvedBy', `${approvedBy.length}/${needed} ${done}`) : []),
          ...(isPending ? row('until', timeText(expiresAt)) : []),
          ...(opensAt === undefined ? [] : row('opens', timeText(opensAt))),
        ),
        isYours && isPending && h('p', { class: 'hint' }, t('yours')),
        !isPending && h('p', { class: 'hint' }, stateText(state)),
        h(
          'div',
          { class: 'acts' },
          mayApprove &&
            isPending &&
            !isYours &&
            !isOwn &&
            button('approve', deed, () => decide(id, 'approve'), 'primary'),
          isOfficers && !isPending && !isOwn && button('giveLink', deed, () => decide(id, 'link'), 'primary'),
          mayApprove && !isYours && !isOwn && button('refuse', deed, () => decide(id, 'refuse')),
          isYours && button('withdraw', deed, () => decide(id, '', 'DELETE')),
          isOwn && act.kind === 'reset' && button('object', deed, () => decide(id, 'object'), 'danger'),
        ),
      ),
    )
  }
  return section
}

/** Shown this once: on a screen of its own, which stays until the officer goes on. */
function showLink({ url, name, endsAt }: Given, back: () => Promise<void>): Promise<void> {
  return show(() => {
    const copied = h('span', { role: 'status', class: 'hint' })
    const copy = async (): Promise<void> => {
      copied.textContent = t((await isCopied(url)) ? 'copied' : 'notCopied')
    }
    const done = h('button', { type: 'button', class: 'primary' }, t('done'))
    done.addEventListener('click', () => void busy(done, back))
    return h(
      'main',
      {},
      h('h1', {}, t('link')),
      h('p', {}, t('linkText', { name, until: timeText(endsAt) })),
      h('p', { class: 'card secret' }, url),
      h(
        'div',
        { class: 'acts' },
        h('button', { type: 'button', onclick: () => void copy() }, t('copy')),
        done,
        copied,
      ),
    )
  })
}

function invitePart(login: string): HTMLElement {
  const name = field(
    t('fullName'),
    { name: 'full-name', autocomplete: 'off', required: true },
    t('fullNameHint'),
  )
  const theirs = field(t('login'), { name: 'new-login', autocomplete: 'off', required: true }, t('loginHint'))
  const standing = standingFields()
  const button = h('button', { type: 'submit' }, t('askInvite'))
  const form = h(
    'form',
    { novalidate: true, 'data-about': 'invite' },
    ...name.parts,
    ...theirs.parts,
    ...standing.parts,
    h('div', { class: 'acts' }, button),
  )
  const send = async (): Promise<void> => {
    const wanted = standing.read()
    if (!wanted) return tell(form, 'danger', t('problem'), t('fill', { what: t('roles') }))
    const body = {
      kind: 'invite',
      name: name.input.value.trim(),
      login: theirs.input.value.trim(),
      language: currentLanguage(),
      ...wanted,
    }
    const reply = await callStepped(login, '/auth/approvals', { method: 'POST', body })
    if (!reply) return
    if (!reply.ok) return tellFailure(form, reply)
    form.reset()
    await showAgain(t('askedFor'))
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (isFilled(form)) void busy(button, send)
  })
  const details = h('details', {}, h('summary', {}, t('invite')), form)
  return h('section', { 'aria-label': t('invite') }, details)
}
