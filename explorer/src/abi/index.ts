export { type Artifact, parseArtifact } from './artifact.ts'
export { CONSOLE_ADDRESS } from './consoleAbi.ts'
export { abisFor, contracts, findContract, forgetContract, keepContract } from './contracts.ts'
export {
  decodeCall,
  decodeError,
  decodeLog,
  decodeOutput,
  functionName,
  type NamedValue,
  signatureText,
  unknownError,
} from './decode.ts'
export { example, parseEtherAmount, parseValue } from './parseValue.ts'
export { showValue } from './showValue.ts'
