// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

contract Text {
    /// Appends the numbers below `count` in decimal to one text, and hashes it.
    function build(uint256 count) external pure returns (bytes32) {
        string memory text = "";
        for (uint256 i = 0; i < count; i++) text = string.concat(text, decimal(i), ",");
        return keccak256(bytes(text));
    }

    function decimal(uint256 value) private pure returns (string memory) {
        uint256 digits = 1;
        for (uint256 rest = value / 10; rest > 0; rest /= 10) digits++;
        bytes memory text = new bytes(digits);
        for (uint256 i = digits; i > 0; i--) {
            text[i - 1] = bytes1(uint8(48 + value % 10));
            value /= 10;
        }
        return string(text);
    }
}
