/** What stands in an address of a mail, and nothing that a header could be broken with: no space, comma or bracket. */
export const MAIL_ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*$/;

/** `licences@exampleshire.example`: what an owner or an officer usually is. */
export const isMailAddress = (text: string) => text.length <= 254 && MAIL_ADDRESS.test(text);
