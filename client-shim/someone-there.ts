import { isTerminal } from "#system";

/** Whether somebody sits there who can be asked. */
export const someoneThere = () => isTerminal(0) && isTerminal(2);
