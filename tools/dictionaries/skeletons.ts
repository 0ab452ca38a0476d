/**
 * The shape of the commonest resources, written by hand: what programs send again and again, in the order they
 * send it, without anything of any patient. The nearer to the end of a dictionary, the cheaper to refer to, so the
 * shapes come last.
 */

const us = 'http://hl7.org/fhir/us/core/StructureDefinition/'
const terms = 'http://terminology.hl7.org/CodeSystem/'
const snomed = '"coding":[{"system":"http://snomed.info/sct","code":"'
const when = '2026-01-01T00:00:00-06:00'
const patient = '{"reference":"Patient/'
const encounter = '"encounter":{"reference":"Encounter/'
const practitioner = '{"reference":"Practitioner/'
const organization = '{"reference":"Organization/'

/** What any resource begins with. */
export function opening(type: string): string {
  return `{"resourceType":"${type}","id":"`
}

/** Common to all types: terminologies, their commonest words, units. */
export const terminology = [
  'urn:ietf:bcp:47',
  'urn:iso:std:iso:3166',
  'urn:iso:std:iso:4217',
  'http://hl7.org/fhir/sid/icd-10-cm',
  'http://hl7.org/fhir/sid/icd-10',
  'http://www.whocc.no/atc',
  'http://hl7.org/fhir/sid/cvx',
  'http://www.nlm.nih.gov/research/umls/rxnorm',
  'http://www.ama-assn.org/go/cpt',
  'urn:oid:2.16.840.1.113883.4.629',
  'http://dicom.nema.org/resources/ontology/DCM',
  `${terms}data-absent-reason`,
  `${terms}v3-NullFlavor`,
  `${terms}v3-ActCode`,
  `${terms}v3-ParticipationType`,
  `${terms}v2-0203`,
  'http://hl7.org/fhir/StructureDefinition/',
  'http://unitsofmeasure.org',
  'http://loinc.org',
  'http://snomed.info/sct',
  '"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><p></p></div>"}',
  '"meta":{"versionId":"1","lastUpdated":"2026-01-01T00:00:00.000+00:00","profile":["http://hl7.org/fhir/StructureDefinition/',
  '"identifier":[{"use":"official","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR","display":"Medical Record Number"}]},"system":"urn:oid:',
].join('\n')

export const skeletons: { readonly [type: string]: string } = {
  Patient:
    `"meta":{"profile":["${us}us-core-patient"]},"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">"},` +
    `"extension":[{"url":"${us}us-core-race","extension":[{"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"2106-3","display":"White"}},{"url":"text","valueString":"White"}]},` +
    `{"url":"${us}us-core-ethnicity","extension":[{"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"2186-5","display":"Not Hispanic or Latino"}},{"url":"text","valueString":"Not Hispanic or Latino"}]},` +
    `{"url":"http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName","valueString":""},{"url":"${us}us-core-birthsex","valueCode":"F"},{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthPlace","valueAddress":{"city":"","state":"","country":"MX"}},` +
    '{"url":"http://hl7.org/fhir/StructureDefinition/geolocation","extension":[{"url":"latitude","valueDecimal":19.},{"url":"longitude","valueDecimal":-99.}]}],' +
    `"identifier":[{"use":"usual","type":{"coding":[{"system":"${terms}v2-0203","code":"MR","display":"Medical Record Number"}],"text":"Medical Record Number"},"system":"http://hospital.","value":"` +
    `"},{"type":{"coding":[{"system":"${terms}v2-0203","code":"SS","display":"Social Security Number"}],"text":"Social Security Number"},"system":"http://hl7.org/fhir/sid/us-ssn","value":"999-"},{"type":{"coding":[{"system":"${terms}v2-0203","code":"DL","display":"Driver's License"}],"text":"Driver's License"},"system":"urn:oid:2.16.840.1.113883.4.3.25","value":"S999"},{"type":{"coding":[{"system":"${terms}v2-0203","code":"PPN","display":"Passport Number"}],"text":"Passport Number"},"system":"urn:oid:2.16.840.1.113883.4.629","value":"` +
    '"}],"active":true,"name":[{"use":"official","text":"","family":"","given":["María","José"],"prefix":["Sr."]},{"use":"maiden","family":"","given":[""],"prefix":["Mrs."]}],"telecom":[{"system":"phone","value":"555-","use":"home"},{"system":"email","value":"@"}],"gender":"male","gender":"female","birthDate":"1960-01-01","deceasedDateTime":"2026-01-01T00:00:00-06:00",' +
    `"address":[{"use":"home","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/geolocation","extension":[{"url":"latitude","valueDecimal":19.1},{"url":"longitude","valueDecimal":-99.1}]}],"line":["Calle "],"city":"","state":"","postalCode":"","country":"MX"}],"maritalStatus":{"coding":[{"system":"${terms}v3-MaritalStatus","code":"M","display":"Married"}],"text":"Never Married"},"multipleBirthBoolean":false,` +
    '"contact":[{"relationship":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0131","code":"N"}]}]}],"communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"es-MX","display":"Spanish"}],"text":"Spanish"},"preferred":true}],"generalPractitioner":[{"reference":"Practitioner/"}],"managingOrganization":{"reference":"Organization/"}}',

  Observation:
    `"meta":{"profile":["${us}us-core-observation-lab","http://hl7.org/fhir/StructureDefinition/bmi","http://hl7.org/fhir/StructureDefinition/bodyweight","http://hl7.org/fhir/StructureDefinition/bp","http://hl7.org/fhir/StructureDefinition/vitalsigns"]},"code":"survey","display":"survey"},"code":"social-history","display":"social-history"}` +
    `,"interpretation":[{"coding":[{"system":"${terms}v3-ObservationInterpretation","code":"N","display":"Normal"}]}],"referenceRange":[{"low":{"value":"high":{"value":,"text":"valueCodeableConcept":{${snomed}","display":""}],"text":""}}"valueString":"` +
    `"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4","display":"Diastolic Blood Pressure"}],"text":"Diastolic Blood Pressure"},"valueQuantity":{"value":80,"unit":"mm[Hg]","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6","display":"Systolic Blood Pressure"}],"text":"Systolic Blood Pressure"},"valueQuantity":{"value":120,"unit":"mm[Hg]","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]` +
    '"unit":"kg","unit":"cm","unit":"kg/m2","unit":"mg/dL","unit":"mmol/L","unit":"g/dL","unit":"%","unit":"10*3/uL","unit":"fL","unit":"pg","unit":"/min","unit":"Cel","unit":"{score}","unit":"mL/min/{1.73_m2}"' +
    `"status":"final","category":[{"coding":[{"system":"${terms}observation-category","code":"laboratory","display":"laboratory"}]}],"status":"final","category":[{"coding":[{"system":"${terms}observation-category","code":"vital-signs","display":"vital-signs"}]}],` +
    `"code":{"coding":[{"system":"http://loinc.org","code":"","display":""}],"text":""},"subject":${patient}"},${encounter}"},"effectiveDateTime":"${when}","issued":"2026-01-01T00:00:00.000-06:00","performer":[${practitioner}"}],"valueQuantity":{"value":1.0,"unit":"","system":"http://unitsofmeasure.org","code":""}}`,

  Encounter:
    `"meta":{"profile":["${us}us-core-encounter"]},"identifier":[{"use":"official","system":"urn:","value":""}],"status":"finished","status":"in-progress","class":{"system":"${terms}v3-ActCode","code":"AMB"},"code":"EMER","code":"IMP","code":"WELLNESS","code":"URG","type":[{${snomed}185345009","display":"Encounter for symptom"}],"text":"Encounter for symptom"}],` +
    `"subject":{"reference":"Patient/","display":"Mr. Mrs. Ms."},"participant":[{"type":[{"coding":[{"system":"${terms}v3-ParticipationType","code":"PPRF","display":"primary performer"}],"text":"primary performer"}],"period":{"start":"${when}","end":"${when}"},"individual":{"reference":"Practitioner/","display":"Dr. "}}],` +
    `"period":{"start":"${when}","end":"2026-01-01T00:15:00-06:00"},"reasonCode":[{${snomed}","display":""}]}],"hospitalization":{"dischargeDisposition":{"coding":[{"system":"http://www.nubc.org/patient-discharge","code":"01","display":"Discharged to home care or self care (routine discharge)"}]}},"location":[{"location":{"reference":"Location/","display":""}}],"serviceProvider":{"reference":"Organization/","display":""}}`,

  Condition:
    `"meta":{"profile":["${us}us-core-condition"]},"clinicalStatus":{"coding":[{"system":"${terms}condition-clinical","code":"active"}]},"code":"resolved"}]},"verificationStatus":{"coding":[{"system":"${terms}condition-ver-status","code":"confirmed"}]},"category":[{"coding":[{"system":"${terms}condition-category","code":"encounter-diagnosis","display":"Encounter Diagnosis"}]}],"code":"problem-list-item","display":"Problem List Item"` +
    `"severity":{${snomed}24484000","display":"Severe"}]},"code":{${snomed}","display":" (disorder)"}],"text":" (disorder)"},"subject":${patient}"},${encounter}"},"onsetDateTime":"${when}","abatementDateTime":"${when}","recordedDate":"${when}"}`,

  Procedure: `"meta":{"profile":["${us}us-core-procedure"]},"status":"completed","category":{${snomed}","code":{${snomed}","display":" (procedure)"}],"text":" (procedure)"},"subject":${patient}"},${encounter}"},"performedPeriod":{"start":"${when}","end":"2026-01-01T00:15:00-06:00"},"performedDateTime":"${when}","performer":[{"actor":${practitioner}"}}],"location":{"reference":"Location/","display":""},"reasonCode":[{${snomed}"reasonReference":[{"reference":"Condition/","display":""}]}`,

  MedicationRequest:
    `"meta":{"profile":["${us}us-core-medicationrequest"]},"status":"active","status":"stopped","status":"completed","intent":"order","category":[{"coding":[{"system":"${terms}medicationrequest-category","code":"outpatient"}]}],"medicationReference":{"reference":"Medication/"},"medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"","display":" MG Oral Tablet"}],"text":" MG/ML Injection"},"subject":${patient}"},${encounter}"},"authoredOn":"${when}","requester":${practitioner}","display":"Dr. "},"reasonReference":[{"reference":"Condition/"}],` +
    `"dosageInstruction":[{"sequence":1,"text":"","timing":{"repeat":{"frequency":1,"period":1.0,"periodUnit":"d"}},"asNeededBoolean":false,"route":{${snomed}26643006","display":"Oral route"}]},"doseAndRate":[{"type":{"coding":[{"system":"${terms}dose-rate-type","code":"ordered","display":"Ordered"}]},"doseQuantity":{"value":1.0}}]}],"dispenseRequest":{"numberOfRepeatsAllowed":0,"quantity":{"value":30,"unit":""},"expectedSupplyDuration":{"value":30,"unit":"d"}}}`,

  MedicationAdministration: `"status":"completed","medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"","display":""}],"text":""},"subject":${patient}"},"context":{"reference":"Encounter/"},"effectiveDateTime":"${when}","reasonReference":[{"reference":"Condition/"}],"dosage":{"dose":{"value":1},"rateQuantity":{"value":1}}}`,

  Medication: `"meta":{"profile":["${us}us-core-medication"]},"code":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"","display":" MG Oral Tablet"}],"text":""},"status":"active"}`,

  DiagnosticReport:
    `"meta":{"profile":["${us}us-core-diagnosticreport-lab","${us}us-core-diagnosticreport-note"]},"status":"final","category":[{"coding":[{"system":"${terms}v2-0074","code":"LAB","display":"Laboratory"}]}],"category":[{"coding":[{"system":"http://loinc.org","code":"34117-2","display":"History and physical note"},{"system":"http://loinc.org","code":"51847-2","display":"Evaluation+Plan note"}]}],"conclusion":"","presentedForm":[{"contentType":"text/plain; charset=utf-8","data":"` +
    `"code":{"coding":[{"system":"http://loinc.org","code":"","display":""}],"text":""},"subject":${patient}"},${encounter}"},"effectiveDateTime":"${when}","issued":"2026-01-01T00:00:00.000-06:00","performer":[${organization}","display":""},${practitioner}","display":"Dr. "}],"result":[{"reference":"Observation/","display":""},{"reference":"Observation/","display":""}]}`,

  Immunization: `"meta":{"profile":["${us}us-core-immunization"]},"status":"completed","vaccineCode":{"coding":[{"system":"http://hl7.org/fhir/sid/cvx","code":"140","display":"Influenza, seasonal, injectable, preservative free"}],"text":"Influenza, seasonal, injectable, preservative free"},"patient":${patient}"},${encounter}"},"occurrenceDateTime":"${when}","primarySource":true,"location":{"reference":"Location/","display":""},"lotNumber":"","expirationDate":"2027-01-01","site":{"coding":[{"system":"${terms}v3-ActSite","code":"LA"}]},"performer":[{"actor":${practitioner}"}}],"protocolApplied":[{"doseNumberPositiveInt":1}]}`,

  AllergyIntolerance:
    `"meta":{"profile":["${us}us-core-allergyintolerance"]},"clinicalStatus":{"coding":[{"system":"${terms}allergyintolerance-clinical","code":"active"}]},"verificationStatus":{"coding":[{"system":"${terms}allergyintolerance-verification","code":"confirmed"}]},"type":"allergy","type":"intolerance","category":["food"],"category":["medication"],"category":["environment"],"criticality":"low",` +
    `"code":{${snomed}","display":""}],"text":""},"patient":${patient}"},"recordedDate":"${when}","reaction":[{"substance":{${snomed}"}]},"manifestation":[{${snomed}","display":""}],"text":""}],"severity":"mild"}]}`,

  CarePlan: `"meta":{"profile":["${us}us-core-careplan"]},"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">Care Plan for .<br/>Activities: <ul><li></li></ul><br/>Care plan is meant to treat .</div>"},"status":"active","status":"completed","intent":"order","category":[{"coding":[{"system":"${us}us-core-careplan-category","code":"assess-plan"}]},{${snomed}","display":""}],"text":""}],"subject":${patient}"},${encounter}"},"period":{"start":"${when}","end":"${when}"},"careTeam":[{"reference":"CareTeam/"}],"addresses":[{"reference":"Condition/"}],"goal":[{"reference":"Goal/"}],"activity":[{"detail":{"code":{${snomed}","display":""}],"text":""},"status":"in-progress","location":{"display":""}}},{"detail":{"code":{${snomed}","display":""}],"text":""},"status":"completed","location":{"display":""}}}]}`,

  CareTeam: `"meta":{"profile":["${us}us-core-careteam"]},"status":"active","subject":${patient}"},${encounter}"},"period":{"start":"${when}"},"participant":[{"role":[{${snomed}223366009","display":"Healthcare professional (occupation)"}],"text":"Patient"}],"member":${patient}","display":""}},{"member":${practitioner}","display":"Dr. "}},{"member":${organization}","display":""}}],"managingOrganization":[${organization}","display":""}]}`,

  Goal: `"lifecycleStatus":"active","lifecycleStatus":"accepted","achievementStatus":{"coding":[{"system":"${terms}goal-achievement","code":"in-progress"}]},"description":{"text":""},"subject":${patient}"},"target":[{"measure":{"coding":[{"system":"http://loinc.org","code":""}]},"detailQuantity":{"value":1},"dueDate":"2026-01-01"}],"addresses":[{"reference":"Condition/"}]}`,

  Organization: `"meta":{"profile":["${us}us-core-organization"]},"identifier":[{"system":"urn:","value":""}],"active":true,"type":[{"coding":[{"system":"${terms}organization-type","code":"prov","display":"Healthcare Provider"}],"text":"Healthcare Provider"}],"name":"HOSPITAL ","telecom":[{"system":"phone","value":""}],"address":[{"line":[""],"city":"","state":"","postalCode":"","country":"MX"}],"contact":[]}`,

  Practitioner: `"meta":{"profile":["${us}us-core-practitioner"]},"identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":""}],"active":true,"name":[{"family":"","given":[""],"prefix":["Dr."]}],"telecom":[{"system":"email","value":"@","use":"work"}],"address":[{"line":[""],"city":"","state":"","postalCode":"","country":"MX"}],"gender":"female"}`,

  DocumentReference: `"meta":{"profile":["${us}us-core-documentreference"]},"identifier":[{"system":"urn:ietf:rfc:3986","value":"urn:uuid:"}],"status":"current","docStatus":"final","type":{"coding":[{"system":"http://loinc.org","code":"34117-2","display":"History and physical note"}]},"category":[{"coding":[{"system":"http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category","code":"clinical-note","display":"Clinical Note"}]}],"subject":${patient}"},"date":"2026-01-01T00:00:00.000-06:00","author":[${practitioner}","display":"Dr. "}],"custodian":${organization}","display":""},"content":[{"attachment":{"contentType":"text/plain; charset=utf-8","data":""},"format":{"system":"http://ihe.net/fhir/ValueSet/IHE.FormatCode.codesystem","code":"urn:ihe:iti:xds:2017:mimeTypeSufficient","display":"mimeType Sufficient"}}],"context":{"encounter":[{"reference":"Encounter/"}],"period":{"start":"${when}","end":"${when}"}}}`,

  ImagingStudy: `"identifier":[{"use":"official","system":"urn:dicom:uid","value":"urn:oid:1.2.840.99999999."}],"status":"available","subject":${patient}"},${encounter}"},"started":"${when}","numberOfSeries":1,"numberOfInstances":1,"procedureCode":[{${snomed}","location":{"reference":"Location/","display":""},"series":[{"uid":"1.2.840.99999999.","number":1,"modality":{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"DX","display":"Digital Radiography"},"numberOfInstances":1,"bodySite":{"system":"http://snomed.info/sct","code":"","display":""},"started":"${when}","instance":[{"uid":"1.2.840.99999999.","sopClass":{"system":"urn:ietf:rfc:3986","code":"urn:oid:1.2.840.10008.5.1.4.1.1.1.1"},"number":1,"title":""}]}]}`,

  Claim:
    `"status":"active","type":{"coding":[{"system":"${terms}claim-type","code":"pharmacy"}]},"type":{"coding":[{"system":"${terms}claim-type","code":"professional"}]},"type":{"coding":[{"system":"${terms}claim-type","code":"institutional"}]},"use":"claim","patient":{"reference":"Patient/","display":""},"billablePeriod":{"start":"${when}","end":"2026-01-01T00:15:00-06:00"},"created":"${when}","provider":${organization}","display":""},"priority":{"coding":[{"system":"${terms}processpriority","code":"normal"}]},` +
    `"prescription":{"reference":"MedicationRequest/"},"facility":{"reference":"Location/","display":""},"procedure":[{"sequence":1,"procedureReference":{"reference":"Procedure/"}},{"sequence":2,"procedureReference":{"reference":"Procedure/"}}],"diagnosis":[{"sequence":1,"diagnosisReference":{"reference":"Condition/"}}],"supportingInfo":[{"sequence":1,"category":{"coding":[{"system":"${terms}claiminformationcategory","code":"info"}]},"valueReference":{"reference":"Immunization/"}}],"insurance":[{"sequence":1,"focal":true,"coverage":{"display":""}}],` +
    `"item":[{"sequence":1,"productOrService":{${snomed}","display":""}],"text":""},"encounter":[{"reference":"Encounter/"}]},{"sequence":2,"procedureSequence":[1],"productOrService":{${snomed}","display":""}],"text":""},"net":{"value":129.16,"currency":"USD"}},{"sequence":3,"diagnosisSequence":[1],"informationSequence":[1],"productOrService":{${snomed}","display":""}],"text":""}}],"total":{"value":129.16,"currency":"USD"}}`,

  Coverage: `"status":"active","type":{"coding":[{"system":"${terms}v3-ActCode","code":"EHCPOL"}],"text":""},"subscriberId":"","beneficiary":${patient}"},"relationship":{"coding":[{"system":"${terms}subscriber-relationship","code":"self"}]},"period":{"start":"${when}","end":"${when}"},"payor":[${organization}","display":""}]}`,

  ExplanationOfBenefit: explanationOfBenefit(),

  Location: `"meta":{"profile":["${us}us-core-location"]},"identifier":[{"system":"urn:","value":""}],"status":"active","name":"","telecom":[{"system":"phone","value":""}],"address":{"line":[""],"city":"","state":"","postalCode":"","country":"MX"},"physicalType":{"coding":[{"system":"${terms}location-physical-type","code":"ro","display":"Room"}]},"position":{"longitude":-99.1,"latitude":19.1},"managingOrganization":${organization}","display":""}}`,

  ServiceRequest: `"identifier":[{"system":"urn:","value":""}],"status":"active","status":"completed","intent":"order","priority":"routine","code":{"coding":[{"system":"http://loinc.org","code":"","display":""}],"text":""},"subject":${patient}"},${encounter}"},"occurrenceDateTime":"${when}","authoredOn":"${when}","requester":${practitioner}","display":""},"performer":[${practitioner}"}],"reasonCode":[{${snomed}","specimen":[{"reference":"Specimen/"}]}`,

  Appointment: `"status":"booked","status":"fulfilled","status":"cancelled","serviceType":[{"coding":[{"code":"","display":""}]}],"appointmentType":{"coding":[{"system":"${terms}v2-0276","code":"FOLLOWUP"}]},"reasonCode":[{"text":""}],"priority":5,"description":"","start":"${when}","end":"2026-01-01T00:15:00-06:00","minutesDuration":15,"created":"2026-01-01","participant":[{"actor":${patient}","display":""},"required":"required","status":"accepted"},{"actor":${practitioner}","display":""},"required":"required","status":"accepted"}]}`,

  Provenance: `"meta":{"profile":["${us}us-core-provenance"]},"target":[{"reference":"Patient/"},{"reference":"Encounter/"},{"reference":"Condition/"},{"reference":"Observation/"},{"reference":"Claim/"},{"reference":"ExplanationOfBenefit/"},{"reference":"DiagnosticReport/"},{"reference":"Procedure/"},{"reference":"Immunization/"}],"recorded":"2026-01-01T00:00:00.000-06:00","agent":[{"type":{"coding":[{"system":"${terms}provenance-participant-type","code":"author","display":"Author"}],"text":"Author"},"who":${practitioner}"},"onBehalfOf":${organization}"}}]}`,
}

/** Claims answered, in the vocabulary of CMS Blue Button 2.0, which sends more of them than anybody. */
function explanationOfBenefit(): string {
  const variables = 'https://bluebutton.cms.gov/resources/variables/'
  const adjudications = [
    ['line_bene_ptb_ddctbl_amt', 'Line Beneficiary Part B Deductible Amount'],
    ['line_coinsrnc_amt', 'Line Beneficiary Coinsurance Amount'],
    ['line_sbmtd_chrg_amt', 'Line Submitted Charge Amount'],
    ['line_alowd_chrg_amt', 'Line Allowed Charge Amount'],
    ['line_nch_pmt_amt', 'Line NCH Medicare Payment Amount'],
    ['line_prcsg_ind_cd', 'Line Processing Indicator Code'],
    ['line_prvdr_pmt_amt', 'Line Provider Payment Amount'],
  ].map(
    ([code, display]) =>
      `{"category":{"coding":[{"system":"https://bluebutton.cms.gov/resources/codesystem/adjudication","code":"${variables}${code}","display":"${display}"}]},"amount":{"value":12.34,"currency":"USD"}}`,
  )
  return (
    `"contained":[{"resourceType":"ServiceRequest","id":"referral","status":"completed","intent":"order","subject":${patient}"},"requester":${practitioner}"},"performer":[${practitioner}"}]},{"resourceType":"Coverage","id":"coverage","status":"active","type":{"text":"Medicare"},"beneficiary":${patient}"},"payor":[{"display":"Medicare"}]}],` +
    `"identifier":[{"system":"${variables}clm_id","value":""},{"system":"https://bluebutton.cms.gov/resources/identifier/claim-group","value":""}],"status":"active","type":{"coding":[{"system":"${terms}claim-type","code":"professional"}]},"code":"institutional","use":"claim","patient":${patient}"},"billablePeriod":{"start":"${when}","end":"${when}"},"created":"${when}","insurer":{"display":""},"provider":${practitioner}"},"referral":{"reference":"#referral"},"facility":{"reference":"Location/","display":""},"claim":{"reference":"Claim/"},"outcome":"complete",` +
    `"careTeam":[{"sequence":1,"provider":${practitioner}"},"role":{"coding":[{"system":"${terms}claimcareteamrole","code":"primary","display":"Primary Care Practitioner"}]}}],"diagnosis":[{"sequence":1,"diagnosisReference":{"reference":"Condition/"},"type":[{"coding":[{"system":"${terms}ex-diagnosistype","code":"principal"}]}]}],"insurance":[{"focal":true,"coverage":{"reference":"#coverage","display":""}}],` +
    `"item":[{"sequence":1,"category":{"coding":[{"system":"${variables}line_cms_type_srvc_cd","code":"1","display":"Medical care"}]},"productOrService":{${snomed}","display":""}],"text":""},"servicedPeriod":{"start":"${when}","end":"${when}"},"locationCodeableConcept":{"coding":[{"system":"${terms}ex-serviceplace","code":"21","display":"Inpatient Hospital"}]},"code":"19","display":"Off Campus-Outpatient Hospital","code":"20","display":"Urgent Care Facility","net":{"value":12.34,"currency":"USD"},"encounter":[{"reference":"Encounter/"}],"diagnosisSequence":[1],"adjudication":[` +
    `${adjudications.join(',')}]},{"sequence":2,"total":[{"category":{"coding":[{"system":"${terms}adjudication","code":"submitted","display":"Submitted Amount"}],"text":"Submitted Amount"},"amount":{"value":12.34,"currency":"USD"}}],"payment":{"amount":{"value":0.0,"currency":"USD"}}}`
  )
}
