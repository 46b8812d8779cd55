// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

/// Loops over arrays in memory.
contract Tables {
    /// Number of primes below `limit`.
    function sieve(uint256 limit) external pure returns (uint256 primes) {
        bytes memory composite = new bytes(limit);
        for (uint256 i = 2; i < limit; i++) {
            if (composite[i] != 0) continue;
            primes++;
            for (uint256 j = i * i; j < limit; j += i) composite[j] = 0x01;
        }
    }

    /// Sum of all entries of a product of two `size` by `size` matrices.
    function multiplyMatrices(uint256 size) external pure returns (uint256 sum) {
        uint256[] memory left = new uint256[](size * size);
        uint256[] memory right = new uint256[](size * size);
        for (uint256 i = 0; i < size * size; i++) {
            left[i] = i % 97;
            right[i] = i % 89;
        }
        for (uint256 row = 0; row < size; row++) {
            for (uint256 column = 0; column < size; column++) {
                uint256 entry = 0;
                for (uint256 k = 0; k < size; k++) entry += left[row * size + k] * right[k * size + column];
                sum += entry;
            }
        }
    }
}
