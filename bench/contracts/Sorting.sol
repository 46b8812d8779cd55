// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

/// Sorts pseudo-random words in memory. The results depend on every place of the sorted array.
contract Sorting {
    function insertionSort(uint256 count) external pure returns (uint256) {
        uint256[] memory values = randomWords(count);
        for (uint256 i = 1; i < values.length; i++) {
            uint256 value = values[i];
            uint256 j = i;
            while (j > 0 && values[j - 1] > value) {
                values[j] = values[j - 1];
                j--;
            }
            values[j] = value;
        }
        return checksum(values);
    }

    function quickSort(uint256 count) external pure returns (uint256) {
        uint256[] memory values = randomWords(count);
        if (count > 1) sortRange(values, 0, int256(count) - 1);
        return checksum(values);
    }

    function sortRange(uint256[] memory values, int256 low, int256 high) private pure {
        int256 left = low;
        int256 right = high;
        uint256 pivot = values[uint256(low + (high - low) / 2)];
        while (left <= right) {
            while (values[uint256(left)] < pivot) left++;
            while (pivot < values[uint256(right)]) right--;
            if (left <= right) {
                (values[uint256(left)], values[uint256(right)]) = (values[uint256(right)], values[uint256(left)]);
                left++;
                right--;
            }
        }
        if (low < right) sortRange(values, low, right);
        if (left < high) sortRange(values, left, high);
    }

    function randomWords(uint256 count) private pure returns (uint256[] memory values) {
        values = new uint256[](count);
        uint256 state = 88172645463325252;
        for (uint256 i = 0; i < count; i++) {
            unchecked {
                state = state * 6364136223846793005 + 1442695040888963407;
            }
            values[i] = state >> 8;
        }
    }

    function checksum(uint256[] memory values) private pure returns (uint256 sum) {
        for (uint256 i = 0; i < values.length; i++) {
            unchecked {
                sum = sum * 31 + values[i];
            }
        }
    }
}
