/** What one piece of a medicine is, and what it does to the measured body. */
export interface DrugTerm {
  atc: string
  /** Generic name, lower case. */
  name: string
  /** `tableta`, `cápsula`, `inhalación` … */
  piece: string
  pieces: string
  /** Of one piece. Absent where the dose is not counted in pieces. */
  amount: number
  unit: string
  route: Route
  /** Families for allergies and for cautions. */
  families: readonly string[]
  /** How far it moves a test at the full dose, once it has had its effect. */
  effects: Readonly<Record<string, number>>
}

export type Route = 'oral' | 'sc' | 'im' | 'iv' | 'inhaled' | 'nasal' | 'topical' | 'ophthalmic'

export const routes: Readonly<Record<Route, { snomed: string; text: string }>> = {
  oral: { snomed: '26643006', text: 'vía oral' },
  sc: { snomed: '34206005', text: 'vía subcutánea' },
  im: { snomed: '78421000', text: 'vía intramuscular' },
  iv: { snomed: '47625008', text: 'vía intravenosa' },
  inhaled: { snomed: '447694001', text: 'vía inhalada' },
  nasal: { snomed: '46713006', text: 'vía nasal' },
  topical: { snomed: '6064005', text: 'vía tópica' },
  ophthalmic: { snomed: '54485002', text: 'vía oftálmica' },
}

/** key: ATC / name / piece / pieces / amount unit / route / families / effects */
const table = `
metformin: A10BA02 / metformina / tableta / tabletas / 850 mg / oral / biguanide / hba1c -1.4, weight -1.5
glibenclamide: A10BB01 / glibenclamida / tableta / tabletas / 5 mg / oral / sulfonylurea / hba1c -1.1, weight 1
dapagliflozin: A10BK01 / dapagliflozina / tableta / tabletas / 10 mg / oral / sglt2 / hba1c -0.6, weight -2, systolic -3, nt-probnp -350, albuminuria -40
linagliptin: A10BH05 / linagliptina / tableta / tabletas / 5 mg / oral / dpp4 / hba1c -0.6
glargine: A10AE04 / insulina glargina / unidad / unidades / 1 UI / sc / insulin / hba1c -1.9, weight 2
losartan: C09CA01 / losartán / tableta / tabletas / 50 mg / oral / arb, raas / systolic -12, diastolic -7, potassium 0.15, albuminuria -60
telmisartan: C09CA07 / telmisartán / tableta / tabletas / 80 mg / oral / arb, raas / systolic -13, diastolic -8, potassium 0.15, albuminuria -60
enalapril: C09AA02 / enalapril / tableta / tabletas / 10 mg / oral / ace, raas / systolic -12, diastolic -7, potassium 0.15, albuminuria -60
amlodipine: C08CA01 / amlodipino / tableta / tabletas / 5 mg / oral / calcium-blocker / systolic -12, diastolic -6
chlorthalidone: C03BA04 / clortalidona / tableta / tabletas / 25 mg / oral / thiazide / systolic -11, diastolic -5, potassium -0.3, sodium -1, urate 0.5
spironolactone: C03DA01 / espironolactona / tableta / tabletas / 25 mg / oral / mra / systolic -4, potassium 0.3, nt-probnp -300
furosemide: C03CA01 / furosemida / tableta / tabletas / 40 mg / oral / loop / weight -2.5, potassium -0.2, systolic -4, nt-probnp -500
furosemide-iv: C03CA01 / furosemida intravenosa / dosis / dosis / 40 mg / iv / loop /
metoprolol: C07AB02 / metoprolol / tableta / tabletas / 100 mg / oral / beta-blocker / systolic -6, diastolic -4, heart -14, nt-probnp -200
bisoprolol: C07AB07 / bisoprolol / tableta / tabletas / 2.5 mg / oral / beta-blocker / systolic -4, heart -15, nt-probnp -250, ejection 5
propranolol: C07AA05 / propranolol / tableta / tabletas / 40 mg / oral / beta-blocker / systolic -5, heart -12, headaches -4
methyldopa: C02AB01 / metildopa / tableta / tabletas / 250 mg / oral / central / systolic -14, diastolic -9
nifedipine: C08CA05 / nifedipino de liberación prolongada / tableta / tabletas / 30 mg / oral / calcium-blocker / systolic -13, diastolic -8
atorvastatin: C10AA05 / atorvastatina / tableta / tabletas / 40 mg / oral / statin / ldl -62, triglycerides -25, alt 2
rosuvastatin: C10AA07 / rosuvastatina / tableta / tabletas / 20 mg / oral / statin / ldl -68, triglycerides -28
ezetimibe: C10AX09 / ezetimiba / tableta / tabletas / 10 mg / oral / lipid / ldl -22
bezafibrate: C10AB02 / bezafibrato / tableta / tabletas / 200 mg / oral / fibrate / triglycerides -140, hdl 4
aspirin: B01AC06 / ácido acetilsalicílico / tableta / tabletas / 100 mg / oral / antiplatelet, aspirin /
clopidogrel: B01AC04 / clopidogrel / tableta / tabletas / 75 mg / oral / antiplatelet /
warfarin: B01AA03 / warfarina / tableta / tabletas / 5 mg / oral / anticoagulant / inr 1.55
apixaban: B01AF02 / apixabán / tableta / tabletas / 5 mg / oral / anticoagulant /
salbutamol: R03AC02 / salbutamol en aerosol / inhalación / inhalaciones / 100 µg / inhaled / saba /
budesonide: R03BA02 / budesonida en polvo inhalado / inhalación / inhalaciones / 200 µg / inhaled / ics / act 4, fev1 0.15
budesonide-formoterol: R03AK07 / budesonida/formoterol / inhalación / inhalaciones / 160/4.5 µg / inhaled / ics, laba / act 6, fev1 0.25
fluticasone-salmeterol: R03AK06 / fluticasona/salmeterol / inhalación / inhalaciones / 250/50 µg / inhaled / ics, laba / act 6, fev1 0.15
tiotropium: R03BB04 / tiotropio / inhalación / inhalaciones / 2.5 µg / inhaled / lama / fev1 0.12, oxygen 0.7
montelukast: R03DC03 / montelukast / tableta / tabletas / 5 mg / oral / leukotriene / act 1
levothyroxine: H03AA01 / levotiroxina / tableta / tabletas / 100 µg / oral / thyroid / tsh -9, t4 0.45, weight -1
sertraline: N06AB06 / sertralina / tableta / tabletas / 50 mg / oral / ssri / phq9 -9, gad7 -8
fluoxetine: N06AB03 / fluoxetina / cápsula / cápsulas / 20 mg / oral / ssri / phq9 -9, gad7 -7
escitalopram: N06AB10 / escitalopram / tableta / tabletas / 10 mg / oral / ssri / phq9 -9, gad7 -8
mirtazapine: N06AX11 / mirtazapina / tableta / tabletas / 15 mg / oral / antidepressant / phq9 -7, weight 1.5
amitriptyline: N06AA09 / amitriptilina / tableta / tabletas / 25 mg / oral / tricyclic, anticholinergic / headaches -4, pain -1.5
valproate: N03AG01 / valproato de magnesio / tableta / tabletas / 200 mg / oral / valproate / seizures -5, valproate 78
levetiracetam: N03AX14 / levetiracetam / tableta / tabletas / 500 mg / oral / antiseizure / seizures -5
lamotrigine: N03AX09 / lamotrigina / tableta / tabletas / 25 mg / oral / antiseizure / seizures -4
topiramate: N03AX11 / topiramato / tableta / tabletas / 25 mg / oral / antiseizure / headaches -5, weight -1.5
pregabalin: N03AX16 / pregabalina / cápsula / cápsulas / 75 mg / oral / gabapentinoid / pain -2.5
methotrexate: L04AX03 / metotrexato / tableta / tabletas / 2.5 mg / oral / dmard, methotrexate / das28 -1.7, esr -16, crp -9, alt 6
hydroxychloroquine: P01BA02 / hidroxicloroquina / tableta / tabletas / 200 mg / oral / dmard / das28 -0.5, esr -8, dsdna -35, c3 12, crp -2
sulfasalazine: A07EC01 / sulfasalazina / tableta / tabletas / 500 mg / oral / dmard, sulfonamide / das28 -0.7, esr -6, crp -3
prednisone: H02AB07 / prednisona / tableta / tabletas / 5 mg / oral / steroid / das28 -0.7, esr -9, crp -4, dsdna -45, c3 14, glucose 4
azathioprine: L04AX01 / azatioprina / tableta / tabletas / 50 mg / oral / dmard / dsdna -40, c3 12, esr -6
folic-acid: B03BB01 / ácido fólico / tableta / tabletas / 5 mg / oral / vitamin /
folate-prenatal: B03BB01 / ácido fólico / tableta / tabletas / 0.4 mg / oral / vitamin /
iron: B03AA07 / sulfato ferroso / tableta / tabletas / 200 mg / oral / iron / hemoglobin 1.9, ferritin 25, mcv 6
iron-drops: B03AA07 / sulfato ferroso en solución (25 mg/mL) / mL / mL / 1 mL / oral / iron / hemoglobin 1.6, ferritin 20, mcv 5
epoetin: B03XA01 / eritropoyetina / dosis / dosis / 4000 UI / sc / epo / hemoglobin 1.7
calcitriol: A11CC04 / calcitriol / cápsula / cápsulas / 0.25 µg / oral / vitamin / calcium 0.2
calcium: A12AX / carbonato de calcio con vitamina D3 / tableta / tabletas / 600 mg / oral / calcium / calcium 0.1
alendronate: M05BA04 / ácido alendrónico / tableta / tabletas / 70 mg / oral / bisphosphonate / tscore 0.5
tamoxifen: L02BA01 / tamoxifeno / tableta / tabletas / 20 mg / oral / hormone / ca153 -6
anastrozole: L02BG03 / anastrozol / tableta / tabletas / 1 mg / oral / hormone / ca153 -6
bictegravir: J05AR20 / bictegravir/emtricitabina/tenofovir alafenamida / tableta / tabletas / 50/200/25 mg / oral / antiretroviral /
omeprazole: A02BC01 / omeprazol / cápsula / cápsulas / 20 mg / oral / ppi / pain -2
pantoprazole: A02BC02 / pantoprazol / tableta / tabletas / 40 mg / oral / ppi / pain -2
antacid: A02AD01 / aluminio y magnesio en suspensión / cucharada / cucharadas / 10 mL / oral / antacid /
tamsulosin: G04CA02 / tamsulosina / cápsula / cápsulas / 0.4 mg / oral / alpha-blocker / ipss -7, systolic -2
finasteride: G04CB01 / finasterida / tableta / tabletas / 5 mg / oral / reductase / ipss -4, psa -1.2
lactulose: A06AD11 / lactulosa en jarabe / dosis / dosis / 15 mL / oral / laxative /
psyllium: A06AC01 / psyllium plántago en polvo / cucharada / cucharadas / 10 g / oral / laxative /
thiamine: A11DA01 / tiamina / tableta / tabletas / 100 mg / oral / vitamin /
naltrexone: N07BB04 / naltrexona / tableta / tabletas / 50 mg / oral / opioid-antagonist / audit -6
donepezil: N06DA02 / donepecilo / tableta / tabletas / 5 mg / oral / cholinesterase / mmse 0.8
allopurinol: M04AA01 / alopurinol / tableta / tabletas / 300 mg / oral / allopurinol / urate -2.6
colchicine: M04AC01 / colchicina / tableta / tabletas / 1 mg / oral / colchicine /
loratadine: R06AX13 / loratadina / tableta / tabletas / 10 mg / oral / antihistamine /
loratadine-syrup: R06AX13 / loratadina en jarabe (5 mg/5 mL) / mL / mL / 1 mg / oral / antihistamine /
mometasone: R01AD09 / mometasona en atomizador nasal / atomización / atomizaciones / 50 µg / nasal / nasal-steroid /
hydrocortisone: D07AA02 / hidrocortisona en crema al 1 % / aplicación / aplicaciones / 1 % / topical / topical-steroid /
sumatriptan: N02CC01 / sumatriptán / tableta / tabletas / 50 mg / oral / triptan /
paracetamol: N02BE01 / paracetamol / tableta / tabletas / 500 mg / oral / paracetamol /
paracetamol-syrup: N02BE01 / paracetamol en solución (160 mg/5 mL) / mL / mL / 1 mL / oral / paracetamol /
ibuprofen: M01AE01 / ibuprofeno / tableta / tabletas / 400 mg / oral / nsaid / pain -2
naproxen: M01AE02 / naproxeno / tableta / tabletas / 250 mg / oral / nsaid / pain -2
ketorolac: M01AB15 / ketorolaco / dosis / dosis / 30 mg / iv / nsaid /
metamizole: N02BB02 / metamizol sódico / dosis / dosis / 1 g / iv / pyrazolone /
paracetamol-iv: N02BE01 / paracetamol intravenoso / dosis / dosis / 1 g / iv / paracetamol /
tramadol: N02AX02 / tramadol / cápsula / cápsulas / 50 mg / oral / opioid / pain -2
cyclobenzaprine: M03BX08 / ciclobenzaprina / tableta / tabletas / 10 mg / oral / relaxant, anticholinergic /
amoxicillin: J01CA04 / amoxicilina / cápsula / cápsulas / 500 mg / oral / penicillin, antibiotic /
amoxicillin-syrup: J01CA04 / amoxicilina en suspensión (500 mg/5 mL) / mL / mL / 1 mL / oral / penicillin, antibiotic /
amoxiclav: J01CR02 / amoxicilina/ácido clavulánico / tableta / tabletas / 875/125 mg / oral / penicillin, antibiotic /
ceftriaxone: J01DD04 / ceftriaxona / dosis / dosis / 1 g / iv / cephalosporin, antibiotic /
cefalexin: J01DB01 / cefalexina / cápsula / cápsulas / 500 mg / oral / cephalosporin, antibiotic /
cefuroxime: J01DC02 / cefuroxima axetilo / tableta / tabletas / 500 mg / oral / cephalosporin, antibiotic /
clarithromycin: J01FA09 / claritromicina / tableta / tabletas / 500 mg / oral / macrolide, antibiotic /
azithromycin: J01FA10 / azitromicina / tableta / tabletas / 500 mg / oral / macrolide, antibiotic /
azithromycin-syrup: J01FA10 / azitromicina en suspensión (200 mg/5 mL) / mL / mL / 1 mL / oral / macrolide, antibiotic /
levofloxacin: J01MA12 / levofloxacino / tableta / tabletas / 750 mg / oral / quinolone, antibiotic /
ciprofloxacin: J01MA02 / ciprofloxacino / tableta / tabletas / 500 mg / oral / quinolone, antibiotic /
nitrofurantoin: J01XE01 / nitrofurantoína / cápsula / cápsulas / 100 mg / oral / nitrofuran, antibiotic /
fosfomycin: J01XX01 / fosfomicina trometamol / sobre / sobres / 3 g / oral / fosfomycin, antibiotic /
sulfatrim: J01EE01 / trimetoprima/sulfametoxazol / tableta / tabletas / 160/800 mg / oral / sulfonamide, antibiotic /
metronidazole: J01XD01 / metronidazol / dosis / dosis / 500 mg / iv / nitroimidazole, antibiotic /
chloramphenicol: S01AA01 / cloranfenicol oftálmico / gota / gotas / 1 gota / ophthalmic / amphenicol /
oral-salts: A07CA / vida suero oral / sobre / sobres / 1 L / oral / salts /
zinc: A12CB01 / sulfato de zinc en solución / dosis / dosis / 20 mg / oral / zinc /
ondansetron: A04AA01 / ondansetrón / tableta / tabletas / 8 mg / oral / antiemetic /
saline: B05BB01 / solución salina al 0.9 % / dosis / dosis / 1000 mL / iv / fluid /
doxorubicin: L01DB01 / doxorrubicina / dosis / dosis / 60 mg/m² / iv / chemotherapy / leukocytes -2.4, hemoglobin -1, platelets -40
cyclophosphamide: L01AA01 / ciclofosfamida / dosis / dosis / 600 mg/m² / iv / chemotherapy /
paclitaxel: L01CD01 / paclitaxel / dosis / dosis / 175 mg/m² / iv / chemotherapy / leukocytes -1.6, hemoglobin -0.9
rhze: J04AM06 / isoniazida/rifampicina/pirazinamida/etambutol / tableta / tabletas / 75/150/400/300 mg / oral / antituberculous / alt 8
rh: J04AM02 / isoniazida/rifampicina / tableta / tabletas / 200/150 mg / oral / antituberculous /
magnesium: B05XA05 / sulfato de magnesio / dosis / dosis / 4 g / iv / magnesium /
labetalol: C07AG01 / labetalol / dosis / dosis / 20 mg / iv / beta-blocker /
oxytocin: H01BB02 / oxitocina / dosis / dosis / 10 UI / im / uterotonic /
vitamin-k: B02BA01 / fitomenadiona / dosis / dosis / 1 mg / im / vitamin /
vitamin-d-drops: A11CC05 / colecalciferol en gotas / gota / gotas / 200 UI / oral / vitamin /
`

export const drugs: ReadonlyMap<string, DrugTerm> = new Map(
  table
    .trim()
    .split('\n')
    .map((line): [string, DrugTerm] => {
      const at = line.indexOf(':')
      const [
        atc = '',
        name = '',
        piece = '',
        pieces = '',
        strength = '',
        route = 'oral',
        families = '',
        effects = '',
      ] = line
        .slice(at + 1)
        .replace(/\/$/, '/ ')
        .split(/ \/ /)
        .map((field) => field.trim())
      const [amount = '', ...unit] = strength.split(' ')
      return [
        line.slice(0, at),
        {
          atc,
          name,
          piece,
          pieces,
          amount: Number(amount),
          unit: Number.isNaN(Number(amount)) ? strength : unit.join(' '),
          route: route as Route,
          families: families.split(', '),
          effects: Object.fromEntries(
            effects
              .split(', ')
              .filter((effect) => effect !== '')
              .map((effect) => {
                const [test = '', by = ''] = effect.split(' ')
                return [test, Number(by)]
              }),
          ),
        },
      ]
    }),
)

export function drugTerm(key: string): DrugTerm {
  const term = drugs.get(key)
  if (!term) throw new RangeError(`no drug ${key}`)
  return term
}

/** `850 mg`, `160/4.5 µg`: what one piece holds. */
export function strengthOf({ amount, unit }: DrugTerm): string {
  return Number.isNaN(amount) ? unit : `${amount} ${unit}`
}

/** UCUM of the units that pieces have. */
export const doseUcum: Readonly<Record<string, string>> = {
  mg: 'mg',
  g: 'g',
  µg: 'ug',
  mL: 'mL',
  UI: '[IU]',
  L: 'L',
}
