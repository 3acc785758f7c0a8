/** The queue waits 2, 4, 8 s between tries: a hiccup is over by the third, and is nothing to show. */
export const UNREAD_TRIES = 3;
