/** What bytes are, by how they begin, against what they are said to be. */
import { fileTypeFromBuffer } from 'file-type'

/** What is looked at: what file-type asks for. */
export const headBytes = 4100

/** `other`: not what it is said to be, and harmless. `dangerous`: it would run where the claim says that it cannot. */
export type Judgement = { status: 'as said' } | { status: 'other' | 'dangerous'; found: string }

const asSaid: Judgement = { status: 'as said' }

/** `claimed`: a media type, with or without parameters. */
export async function judge(claimed: string, head: Uint8Array): Promise<Judgement> {
  const said = nameOf(claimed)
  // Nothing is claimed, so nothing is wrong.
  if (said === '' || said === 'application/octet-stream' || said === 'binary/octet-stream') return asSaid
  const found = await sniff(head.subarray(0, headBytes))
  if (found === undefined || isOneOf(said, found)) return asSaid
  // Where a text is expected, a page or a program is shown as text.
  if (dangerous.has(found) && !said.startsWith('text/')) return { status: 'dangerous', found }
  return { status: 'other', found }
}

async function sniff(head: Uint8Array): Promise<string | undefined> {
  const active = activeText(head)
  if (active !== undefined) return active
  // file-type throws on some files that are cut off, as what it is given may be.
  const found = await fileTypeFromBuffer(head).catch(() => undefined)
  return found && nameOf(found.mime)
}

const dangerous = new Set([
  'text/html',
  'image/svg+xml',
  'application/x-msdownload',
  'application/x-elf',
  'application/x-mach-binary',
  'application/java-vm',
  'application/wasm',
])

/** WHATWG MIME Sniffing §7.1, what browsers take for a page; and SVG, which runs scripts as well. */
function activeText(head: Uint8Array): string | undefined {
  const text = new TextDecoder('utf-8').decode(head.subarray(0, 1024)).replace(/^\uFEFF/, '')
  const start = text.replace(/^(?:\s|<\?xml[^>]*\?>|<!--(?:[^-]|-(?!->))*-->)+/, '').toLowerCase()
  if (/^(?:<!doctype svg|<svg)[\s>]/.test(start)) return 'image/svg+xml'
  const page =
    /^<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)(?:[\s>]|$)/
  return page.test(start) ? 'text/html' : undefined
}

function nameOf(media: string): string {
  const name = (media.split(';')[0] ?? '').trim().toLowerCase()
  return sameNames.get(name) ?? name
}

const sameNames = new Map([
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  ['image/x-png', 'image/png'],
  ['application/x-pdf', 'application/pdf'],
  ['application/xhtml+xml', 'text/html'],
  ['audio/mp3', 'audio/mpeg'],
  ['audio/x-wav', 'audio/wav'],
  ['audio/vnd.wave', 'audio/wav'],
  ['text/xml', 'application/xml'],
  ['application/dicom+octet-stream', 'application/dicom'],
])

/** Whether what was found is a wrapping of what is said, or the other way round. */
function isOneOf(said: string, found: string): boolean {
  if (said === found) return true
  const [saidKind, foundKind] = [said.split('/')[0], found.split('/')[0]]
  if (found === 'application/xml') return said.endsWith('xml') || said.startsWith('text/')
  // Office's files and books are archives; legacy ones are of one container.
  if (found === 'application/zip') return /vnd\.|zip|epub|java-archive/.test(said)
  if (found === 'application/x-cfb') return /vnd\.|msword|ms-/.test(said)
  if (found === 'application/gzip') return said.includes('gzip') || said.endsWith('.gz')
  // Containers of sound and pictures.
  const media = ['audio', 'video', 'application']
  if (/(?:ogg|mp4|quicktime|matroska|webm)/.test(found))
    return media.includes(saidKind as string) && media.includes(foundKind as string)
  return said.startsWith('text/') && foundKind === 'text'
}
