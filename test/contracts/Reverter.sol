// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// One function for every way in which a call can fail, and a counter to write to.
contract Reverter {
    error Refused(uint256 code, address caller);

    uint256 public count;
    uint256[] private list;

    event Counted(address indexed by, uint256 value);

    function withReason() external pure {
        revert("no such thing");
    }

    function withCustomError(uint256 code) external view {
        revert Refused(code, msg.sender);
    }

    function withoutReason() external pure {
        revert();
    }

    function divide(uint256 a, uint256 b) external pure returns (uint256) {
        return a / b;
    }

    function outOfBounds(uint256 i) external view returns (uint256) {
        return list[i];
    }

    function invalidOpcode() external pure {
        assembly {
            invalid()
        }
    }

    function nested(uint256 code) external view {
        this.withCustomError(code);
    }

    function increment() external returns (uint256) {
        count += 1;
        emit Counted(msg.sender, count);
        return count;
    }

    function incrementThenFail() external {
        count += 1;
        emit Counted(msg.sender, count);
        revert("counted in vain");
    }

    function burnGas(uint256 rounds) external {
        for (uint256 i = 0; i < rounds; i++) list.push(i);
    }

    function parentHash() external view returns (bytes32) {
        return blockhash(block.number - 1);
    }

    receive() external payable {}
}
