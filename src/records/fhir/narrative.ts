/**
 * Narrative: txt-1 (basic formatting only) and txt-2 (some content). https://hl7.org/fhir/R4/narrative.html#security.
 * Stricter than the sentence of txt-1 in one thing: nothing that a browser could run is let through, whatever its case.
 */
export type NarrativeFault = 'not-xhtml' | 'not-div' | 'txt-1' | 'txt-2'

export function narrativeFault(xhtml: string): NarrativeFault | undefined {
  const open: string[] = []
  let content = false
  let closed = false
  let at = 0
  while (at < xhtml.length) {
    const next = xhtml.indexOf('<', at)
    const text = xhtml.slice(at, next < 0 ? xhtml.length : next)
    if (text.trim() !== '') {
      if (open.length === 0) return 'not-xhtml'
      if (text.includes('&') && !entitiesAreRight(text)) return 'not-xhtml'
      content = true
    }
    if (next < 0) break
    if (xhtml.startsWith('<!--', next)) {
      const end = xhtml.indexOf('-->', next + 4)
      if (end < 0) return 'not-xhtml'
      at = end + 3
      continue
    }
    tag.lastIndex = next
    const match = tag.exec(xhtml)
    if (!match) return xhtml.startsWith('<!', next) || xhtml.startsWith('<?', next) ? 'txt-1' : 'not-xhtml'
    at = tag.lastIndex
    const [, slash, name, attributes = '', selfClosing] = match
    if (slash) {
      if (open.pop() !== name || attributes.trim() !== '' || selfClosing) return 'not-xhtml'
      closed = open.length === 0
      continue
    }
    if (open.length === 0 && (closed || name !== 'div')) return 'not-div'
    if (!elements.has(name!)) return 'txt-1'
    const fault = attributesFault(attributes)
    if (fault) return fault
    if (name === 'img') content = true
    if (!selfClosing) open.push(name!)
    else if (open.length === 0) closed = true
  }
  if (open.length > 0) return 'not-xhtml'
  if (!closed) return 'not-div'
  return content ? undefined : 'txt-2'
}

const attribute = /\s+([A-Za-z_][\w:.-]*)\s*=\s*("[^"<]*"|'[^'<]*')/y
const tag = /<(\/?)([A-Za-z][\w:.-]*)((?:\s+[A-Za-z_][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y

function attributesFault(text: string): NarrativeFault | undefined {
  attribute.lastIndex = 0
  const names = new Set<string>()
  for (let match = attribute.exec(text); match; match = attribute.exec(text)) {
    const [, name, quoted] = match
    const value = quoted!.slice(1, -1)
    if (names.has(name!) || (value.includes('&') && !entitiesAreRight(value))) return 'not-xhtml'
    names.add(name!)
    if (!attributes.has(name!) || runs.test(decoded(value))) return 'txt-1'
  }
  return undefined
}

const runs = /^(?:javascript|vbscript|data:text\/html)|expression\(|url\(["']?javascript/i

const entity = /&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]*));/g

function entitiesAreRight(text: string): boolean {
  return !text.replace(entity, '').includes('&')
}

// As a browser reads an address: entities resolved; control characters and white space count for nothing.
function decoded(value: string): string {
  const plain = value.replace(entity, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name) return { tab: '', newline: '', colon: ':', lpar: '(', amp: '&' }[name.toLowerCase()] ?? whole
    const point = decimal ? Number(decimal) : Number.parseInt(hex!, 16)
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })
  return plain.replace(/[^!-\uffff]/g, '')
}

const words = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/))

// HTML 4.0 chapters 7 to 11 and 15 (without 9.4, ins and del, which HL7's own validator takes too), a, img, map.
const elements = words(`
  p br div h1 h2 h3 h4 h5 h6 a span b em i strong small big tt u s strike center font dfn q var abbr acronym cite
  blockquote hr address bdo kbd sub sup ul ol li dl dt dd pre table caption colgroup col thead tr tfoot tbody th td
  code samp img map area ins del`)
const attributes = words(`
  xmlns xml:lang xml:space lang dir title style class id name href rel rev type hreflang charset src alt longdesc
  height width usemap ismap shape coords align valign char charoff abbr axis headers scope rowspan colspan span border
  frame rules summary cellspacing cellpadding bgcolor nowrap noshade size color face clear compact start value cite
  datetime accesskey tabindex target hspace vspace idref`)
