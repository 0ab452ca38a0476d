/** What a course is made of. Its questions are in no answer before they were drawn, and what is right in none before it was answered. */
export interface Text {
  es: string
  en: string
}

export interface Course {
  /** Raised where what it teaches has changed: what somebody passed says which it was. */
  edition: number
  title: Text
  sections: readonly { title: Text; text: Text }[]
  questions: readonly Question[]
}

export interface Question {
  /** Wrong answers are counted by it: never used for another question. */
  id: string
  text: Text
  right: Text
  /** They are shown in an order that is drawn. */
  wrong: readonly [Text, Text, Text]
  /** Why, with its source. */
  why: Text
}

export const say = (es: string, en: string): Text => ({ es, en })
