/** Programs: which are registered, and what an officer asks for of them. */
import { field, h } from './dom.ts'
import { busy, isFilled, showAgain, tell, tellFailure } from './frame.ts'
import { callStepped } from './proofs.ts'
import { publicJwkOf } from './store.ts'
import { t } from './text.ts'

export interface ProgramSeen {
  id: string
  name: string
  scope: string
  keys: number
  isRevoked: boolean
}

export function programsPart(login: string, programs: ProgramSeen[]): HTMLElement {
  const section = h('section', { 'aria-labelledby': 'programs' }, h('h2', { id: 'programs' }, t('programs')))
  if (programs.length === 0) section.append(h('p', { class: 'hint' }, t('noPrograms')))
  const revoke = async (id: string): Promise<void> => {
    const reply = await callStepped(login, '/auth/approvals', {
      method: 'POST',
      body: { kind: 'revoke-program', id },
    })
    if (!reply) return
    if (!reply.ok) return tellFailure(section, reply)
    await showAgain(t('askedFor'))
  }
  const rows = programs.map(({ id, name, scope, isRevoked }) => {
    const said = [id, scope, ...(isRevoked ? [`△ ${t('revoked')}`] : [])].join(' · ')
    const button = h('button', { type: 'button', 'aria-label': `${t('revoke')}: ${name}` }, t('revoke'))
    button.addEventListener('click', () => void busy(button, () => revoke(id)))
    return h('li', {}, h('div', {}, h('p', {}, name), h('p', { class: 'hint' }, said)), !isRevoked && button)
  })
  section.append(h('ul', { class: 'rows' }, ...rows), registering(login))
  return section
}

/** The one that there is. */
const scope = 'system/*.cruds'

function registering(login: string): HTMLElement {
  const name = field(t('programName'), { name: 'program-name', autocomplete: 'off', required: true })
  const id = field(
    t('programId'),
    { name: 'program-id', autocomplete: 'off', required: true },
    t('programIdHint'),
  )
  const key = h('textarea', {
    id: 'program-key',
    name: 'program-key',
    rows: '5',
    spellcheck: 'false',
    'aria-describedby': 'key-hint',
  })
  const button = h('button', { type: 'submit' }, t('askProgram'))
  const form = h(
    'form',
    { novalidate: true },
    ...name.parts,
    ...id.parts,
    h('label', { for: 'program-key' }, t('programKey')),
    h('p', { id: 'key-hint', class: 'hint' }, t('programKeyHint')),
    key,
    h('div', { class: 'acts' }, button),
  )
  const send = async (): Promise<void> => {
    const jwk = await publicKeyOf(key.value)
    if (!jwk) {
      tell(form, 'danger', t('problem'), t('programKeyUnfit'))
      return key.focus()
    }
    const body = {
      kind: 'program',
      id: id.input.value.trim(),
      name: name.input.value.trim(),
      scope,
      keys: [jwk],
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
  return h('details', {}, h('summary', {}, t('registerProgram')), form)
}

/** Of PEM or a JWK; a private one is not taken, so that nobody gets used to handing it over. */
async function publicKeyOf(text: string): Promise<JsonWebKey | undefined> {
  const base64 = /-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----/.exec(text)?.[1]
  if (base64 === undefined) return jwkOf(text)
  const bytes = bytesOf(base64.replaceAll(/\s/g, ''))
  const jwk = bytes && (await publicJwkOf(bytes))
  return jwk && publicPart(jwk)
}

/** Undefined where a part of it is missing. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

function jwkOf(text: string): JsonWebKey | undefined {
  try {
    const jwk = JSON.parse(text) as JsonWebKey
    return typeof jwk.kty === 'string' && jwk.d === undefined ? publicPart(jwk) : undefined
  } catch {
    return undefined
  }
}

function publicPart({ kty, crv, x, y, n, e }: JsonWebKey): JsonWebKey {
  const parts = Object.entries({ kty, crv, x, y, n, e }).filter(([, part]) => part !== undefined)
  return Object.fromEntries(parts) as JsonWebKey
}
