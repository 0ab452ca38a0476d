/** Hospital General Demo: an invented hospital, written once, whose agenda is renewed daily. */
export { demoPeople, type DemoPerson } from './accounts.ts'
export { createCalendar, type Calendar } from './calendar.ts'
export { patientsDefault, patientsMax, type HospitalPlan } from './plan.ts'
export { renewAgenda, type Renewal, type Renewed } from './renew.ts'
export { writeHospital, type Writing } from './write.ts'
