import { hexToBytes } from '../lib/index.ts'

/** A contract that the protocol itself calls, with its runtime code as deployed on Ethereum. */
export type SystemContract = { address: Uint8Array; code: Uint8Array }

/** Caller of the system calls (EIP-4788 and later). */
export const SYSTEM_ADDRESS: Uint8Array = hexToBytes('0xfffffffffffffffffffffffffffffffffffffffe')

/** The OP Stack's predeploy that takes withdrawals to L1 (OP Stack specs, protocol/predeploys: L2ToL1MessagePasser). */
export const L2_TO_L1_MESSAGE_PASSER: Uint8Array = hexToBytes('0x4200000000000000000000000000000000000016')

/** EIP-4788: parent beacon block roots by timestamp. */
export const BEACON_ROOTS_CONTRACT: SystemContract = contract('0x000f3df6d732807ef1319fb7b8bb8522d0beac02', [
  '3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff81069081',
  '5414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500',
])

/** EIP-2935: hashes of the last 8,191 blocks. */
export const HISTORY_CONTRACT: SystemContract = contract('0x0000f90827f1c53a10cb7a02335b175320002935', [
  '3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff8143031160',
  '4257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500',
])

/** EIP-7002: queue of withdrawal requests. */
export const WITHDRAWAL_REQUESTS_CONTRACT: SystemContract = contract(
  '0x00000961ef480eb55e80d19ad83579a64c007002',
  [
    '3373fffffffffffffffffffffffffffffffffffffffe1460cb5760115f54807fffffffffffffffffffffffffffffffffffffffff',
    'ffffffffffffffffffffffff146101f457600182026001905f5b5f82111560685781019083028483029004916001019190604d56',
    '5b909390049250505036603814608857366101f457346101f4575f5260205ff35b34106101f45760015460010160015560035480',
    '6003026004013381556001015f35815560010160203590553360601b5f5260385f601437604c5fa0600101600355005b60035460',
    '02548082038060101160df575060105b5f5b8181146101835782810160030260040181604c02815460601b815260140181600101',
    '5481526020019060020154807fffffffffffffffffffffffffffffffff00000000000000000000000000000000168252906010019',
    '060401c908160381c81600701538160301c81600601538160281c81600501538160201c81600401538160181c81600301538160',
    '101c81600201538160081c81600101535360010160e1565b910180921461019557906002556101a0565b90505f6002555f600355',
    '5b5f54807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff14156101cd57505f5b600154600282',
    '8201116101e25750505f6101e8565b01600290035b5f555f600155604c025ff35b5f5ffd',
  ],
)

/** EIP-7251: queue of consolidation requests. */
export const CONSOLIDATION_REQUESTS_CONTRACT: SystemContract = contract(
  '0x0000bbddc7ce488642fb579f8b00f3a590007251',
  [
    '3373fffffffffffffffffffffffffffffffffffffffe1460d35760115f54807fffffffffffffffffffffffffffffffffffffffff',
    'ffffffffffffffffffffffff1461019a57600182026001905f5b5f82111560685781019083028483029004916001019190604d56',
    '5b9093900492505050366060146088573661019a573461019a575f5260205ff35b341061019a57600154600101600155600354806',
    '004026004013381556001015f358155600101602035815560010160403590553360601b5f5260605f60143760745fa060010160',
    '0355005b6003546002548082038060021160e7575060025b5f5b8181146101295782810160040260040181607402815460601b81',
    '5260140181600101548152602001816002015481526020019060030154905260010160e9565b910180921461013b579060025561',
    '0146565b90505f6002555f6003555b5f54807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff14',
    '1561017357505f5b6001546001828201116101885750505f61018e565b01600190035b5f555f6001556074025ff35b5f5ffd',
  ],
)

/** Arachnid's deterministic deployment proxy, which tools expect on every chain. Not called by the protocol. */
export const DEPLOYMENT_PROXY: SystemContract = contract('0x4e59b44847b379578588920ca78fbf26c0b4956c', [
  '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f580151560',
  '39578182fd5b8082525050506014600cf3',
])

function contract(address: string, code: string[]): SystemContract {
  return { address: hexToBytes(address), code: hexToBytes(`0x${code.join('')}`) }
}
