/** Names the protocol and its version in the upgrade. Apart from the schemas, which cost a launch their loading. */
export const SUBPROTOCOL = "seatmeter.v1";
