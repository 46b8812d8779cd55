import { network } from 'hardhat'

const { viem } = await network.create()
const counter = await viem.deployContract('Counter')
console.log(`Counter is at ${counter.address}`)
