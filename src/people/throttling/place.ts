/** RFC 4291 §2.5.4: whoever has one IPv6 address has 2⁶⁴ of them. */
export function placeOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::')) return address
  const [head = ''] = address.split('::')
  const groups = head.split(':')
  return groups.length < 4 ? `${head}::/64` : `${groups.slice(0, 4).join(':')}::/64`
}
