/** Words, or words after each other, by which columns are called that hold what tells who somebody is. */
const personal = [
  "e mail",
  "email",
  "mail address",
  "phone",
  "telephone",
  "mobile",
  "fax",
  "(first|last|full|given|family|middle|maiden|legal|sur) ?name",
  "address",
  "street",
  "zip",
  "post ?code",
  "postal",
  "birth",
  "birthday",
  "birthdate",
  "dob",
  "ssn",
  "social security",
  "passport",
  "national id",
  "tax (id|number)",
  "iban",
  "(card|account) (number|no)",
  "cvv",
  "password",
  "passwd",
  "ip",
  "ip ?v[46]",
  "user agent",
  "latitude",
  "longitude",
  "gender",
  "religion",
]
const pattern = new RegExp(`(?:^| )(?:${personal.join("|")})(?= |$)`)

/** The words of a name: `billingEmail` and `billing_email` have the same ones. */
const wordsOf = (name: string): string =>
  name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, " ")
    .trim()

/** Whether a column's name is one that columns with personal data have. It proves nothing either way. */
export const looksPersonal = (name: string): boolean => pattern.test(wordsOf(name))
