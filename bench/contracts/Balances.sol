// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

contract Balances {
    mapping(address => mapping(uint256 => uint256)) private balances;

    /// Moves amounts between 64 places of a nested mapping: two keccaks a place.
    function update(uint256 count) external returns (uint256) {
        address owner = address(0xbeef);
        for (uint256 i = 0; i < count; i++) {
            balances[owner][i % 64] += i;
            balances[owner][(i * 7) % 64] += 1;
        }
        return balances[owner][5];
    }
}
