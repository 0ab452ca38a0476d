/** Access reviews: whom somebody is to review, how all stand, and how their own does. */
import { call } from '#page/api.ts'
import { field, h, told } from '#page/dom.ts'
import { busy, showAgain, tellFailure } from '#page/frame.ts'
import { callStepped } from '#page/proofs.ts'
import type { Part, PartAsked } from '#page/screens.ts'
import { showReview } from './review.ts'
import { isUnanswered, type ReviewBrief } from './seen.ts'
import { dayText, roleText, t } from '#page/text.ts'
import { reviewStateText, d } from './text.ts'

interface Looked {
  campaign?: { opened: string; due: string; isOver: boolean }
  next?: string
  months: number
  dueDays: number
  own?: { state: string; reviewers: string[] }
  items: ReviewBrief[]
  mayManage: boolean
}

const path = '/duties/reviews'
const unheld = ['patient', 'representative']

/** Of whoever works here and has something to answer, or is waited for. */
export async function part({ me, failed, back }: PartAsked): Promise<Part | undefined> {
  const { login, roles } = me
  if (roles.every((role) => unheld.includes(role))) return undefined
  const looked = await call<Looked>(path)
  failed(looked)
  if (!looked.ok) return undefined
  const { campaign, items, own, next, mayManage } = looked.value
  if (next === undefined) return undefined
  const mine = items.filter(({ isYours, state }) => isYours && isUnanswered(state))
  const ownBox = ownTold(own, campaign?.due ?? next)
  if (!mayManage && items.length === 0 && !ownBox) return undefined
  const section = h('section', { 'aria-labelledby': 'reviews' }, h('h2', { id: 'reviews' }, d('reviews')))
  if (ownBox) section.append(ownBox)
  if (!campaign) section.append(h('p', { class: 'hint' }, d('noCampaign', { next: dayText(next) })))
  else {
    const days = { opened: dayText(campaign.opened), due: dayText(campaign.due) }
    if (mayManage || items.length > 0)
      section.append(h('p', { class: 'hint' }, d(campaign.isOver ? 'reviewsOver' : 'reviewsText', days)))
  }
  const open = (each: ReviewBrief) => showReview({ id: each.id, login, mayManage }, back)
  if (mine.length > 0)
    section.append(h('ul', { class: 'rows' }, ...mine.map((each) => rowOf(each, open, true))))
  else if (campaign && (mayManage || items.length > 0)) section.append(h('p', {}, d('nothingToReview')))
  const others = items.filter((each) => !mine.includes(each))
  if (others.length > 0) {
    const done = items.filter(({ state }) => !isUnanswered(state)).length
    const counts = { done: String(done), all: String(items.length) }
    section.append(
      h(
        'details',
        {},
        h('summary', {}, d('allOfThem', counts)),
        h('ul', { class: 'rows' }, ...others.map((each) => rowOf(each, open, false))),
      ),
    )
  }
  if (mayManage) section.append(scheduleForm(login, looked.value))
  return { element: section, place: 'above' }
}

function ownTold(own: Looked['own'], due: string): HTMLElement | undefined {
  if (own?.state !== 'waiting' && own?.state !== 'expired') return undefined
  const slots = { due: dayText(due), reviewers: own.reviewers.join(', ') }
  return own.state === 'expired'
    ? told('danger', t('attention'), d('ownExpired', slots))
    : told('info', t('attention'), d('ownWaiting', slots))
}

function rowOf(
  each: ReviewBrief,
  open: (each: ReviewBrief) => Promise<void>,
  isToAnswer: boolean,
): HTMLElement {
  const { name, logins, roles, scope, state, decision, reviewers } = each
  const by = isUnanswered(state) ? reviewers.join(', ') : (decision?.by ?? '')
  const mark = state === 'expired' || state === 'held' ? '△ ' : ''
  const said = [
    mark + reviewStateText(state),
    ...logins,
    ...(scope === undefined ? roles.map(roleText) : [d('program'), scope]),
    ...(by === '' || isToAnswer ? [] : [by]),
  ].join(' · ')
  const text = isToAnswer ? d('look') : d('see')
  const label = d(isToAnswer ? 'lookAt' : 'seeOf', { name })
  const button = h('button', { type: 'button', 'aria-label': label }, text)
  button.addEventListener('click', () => void busy(button, () => open(each)))
  // Who has lost everything is not there any more.
  const isGone = state === 'revoked' && logins.length === 0
  return h('li', {}, h('div', {}, h('p', {}, name), h('p', { class: 'hint' }, said)), !isGone && button)
}

function scheduleForm(login: string, { months, dueDays }: Looked): HTMLElement {
  const number = { type: 'number', required: true, inputmode: 'numeric' } as const
  const every = field(
    d('months'),
    { ...number, name: 'months', min: '1', max: '3', value: String(months) },
    d('monthsHint'),
  )
  const within = field(
    d('dueDays'),
    { ...number, name: 'due-days', min: '7', max: '21', value: String(dueDays) },
    d('dueDaysHint'),
  )
  const button = h('button', { type: 'submit' }, d('saveSchedule'))
  const form = h(
    'form',
    { novalidate: true },
    ...every.parts,
    ...within.parts,
    h('div', { class: 'acts' }, button),
  )
  const send = async (): Promise<void> => {
    const body = { months: Number(every.input.value), dueDays: Number(within.input.value) }
    const reply = await callStepped(login, `${path}/schedule`, { method: 'POST', body })
    if (!reply) return
    if (!reply.ok) return tellFailure(form, reply)
    form.reset()
    await showAgain()
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void busy(button, send)
  })
  return h('details', {}, h('summary', {}, d('howOften')), form)
}
