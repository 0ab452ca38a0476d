/** HL7 v3-ActReason, PurposeOfUse (version 2018-08-12, which R4 has): what each code is a kind of. */

const kinds: Readonly<Record<string, string>> = {
  HOPERAT: `CAREMGT DONAT FRAUD GOV HACCRED HCOMPL HDECD HDIRECT HDM HLEGAL HOUTCOMS HPRGRP HQUALIMP HSYSADMIN LABELING METAMGT
    MEMADMIN MILCDM PATADMIN PATSFTY PERFMSR RECORDMGT SYSDEV HTEST TRAIN`,
  HPAYMT: 'CLMATTCH COVAUTH COVERAGE ELIGDTRM ELIGVER ENROLLM MILDCRG REMITADV',
  HRESCH: 'BIORCH CLINTRCH CLINTRCHNPC CLINTRCHPC PRECLINTRCH DSRCH POARCH TRANSRCH',
  PATRQT: 'FAMRQT PWATRNY SUPNWK',
  TREAT: 'CLINTRL COC ETREAT BTG ERTREAT POPHLTH',
  PUBHLTH: 'DISASTER THREAT',
  HMARKT: '',
}

const tops = new Map<string, string>()
for (const [top, codes] of Object.entries(kinds)) {
  tops.set(top, top)
  for (const code of codes.split(/\s+/)) if (code !== '') tops.set(code, top)
}

/**
 * Whether what is done for `purpose` is done for what the rule names. Undefined: it may be, as of a kind of treatment when treatment
 * is all that was said, or where a code is unknown.
 */
export function isFor(purpose: string, named: string): boolean | undefined {
  if (named === purpose || named === 'PurposeOfUse') return true
  const [top, own] = [tops.get(named), tops.get(purpose)]
  if (top === undefined || own === undefined) return undefined
  if (named === own) return true
  return top === purpose ? undefined : false
}
