import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js'

/** The results' schemas of an OpenRPC description, by method (JSON Schema, draft 2019-09). */
export class ResultSchemas {
  readonly #schemas: Map<string, object>
  readonly #compiled = new Map<string, ValidateFunction>()
  readonly #ajv = new Ajv2019({ strict: false, validateFormats: false })

  constructor(description: { methods: { name: string; result?: { schema?: object } }[] }) {
    this.#schemas = new Map(
      description.methods.flatMap(({ name, result }) =>
        result?.schema === undefined ? [] : [[name, result.schema] as const],
      ),
    )
  }

  /** What is wrong with the result of a method; undefined if nothing is. */
  problemOf(method: string, result: unknown): string | undefined {
    const schema = this.#schemas.get(method)
    if (schema === undefined) return `the description has no ${method}`
    const validate = this.#compiled.get(method) ?? this.#ajv.compile(schema)
    this.#compiled.set(method, validate)
    if (validate(result) === true) return undefined
    return this.#ajv.errorsText(validate.errors, { dataVar: '$.result' })
  }
}
