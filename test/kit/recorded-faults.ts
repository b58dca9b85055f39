import type { ZmqFault, ZmqMessage } from "./recorded-publisher.js";
import type { ZmqTopic } from "./recorded-session.js";

interface Chosen {
  readonly topic: ZmqTopic;
  /** Which of the topic's messages since the start of the node, the first being 0. */
  readonly indexes: readonly number[];
}

/** Tells whether the next message is one of the chosen. */
function chooser({ topic, indexes }: Chosen): (message: ZmqMessage) => boolean {
  let seen = 0;
  return (message) => message.topic === topic && indexes.includes(seen++);
}

/** Loses messages. */
export function dropMessages(chosen: Chosen): ZmqFault {
  const isChosen = chooser(chosen);
  return { offer: (message) => (isChosen(message) ? [] : [message]), flush: () => [] };
}

/** Loses every message of some topics. */
export function muteTopics(topics: readonly ZmqTopic[]): ZmqFault {
  return { offer: (message) => (topics.includes(message.topic) ? [] : [message]), flush: () => [] };
}

/** Sends messages twice. */
export function duplicateMessages(chosen: Chosen): ZmqFault {
  const isChosen = chooser(chosen);
  return { offer: (message) => (isChosen(message) ? [message, message] : [message]), flush: () => [] };
}

/** Holds messages back until `behind` others have passed. */
export function delayMessages(chosen: Chosen, behind = 1): ZmqFault {
  const isChosen = chooser(chosen);
  let held: { readonly message: ZmqMessage; left: number }[] = [];
  return {
    offer(message) {
      if (isChosen(message)) {
        held.push({ message, left: behind });
        return [];
      }
      for (const one of held) one.left -= 1;
      const due = held.filter(({ left }) => left <= 0).map((one) => one.message);
      held = held.filter(({ left }) => left > 0);
      return [message, ...due];
    },
    flush() {
      const rest = held.map(({ message }) => message);
      held = [];
      return rest;
    },
  };
}

/** Drops, duplicates and delays messages as the seed has it; each with the given probability. */
export function randomFaults(
  seed: number,
  { drop = 0.1, duplicate = 0.1, delay = 0.1 }: { drop?: number; duplicate?: number; delay?: number } = {},
): ZmqFault {
  const draw = generator(seed);
  let held: { readonly message: ZmqMessage; left: number }[] = [];
  return {
    offer(message) {
      for (const one of held) one.left -= 1;
      const due = held.filter(({ left }) => left <= 0).map((one) => one.message);
      held = held.filter(({ left }) => left > 0);
      const drawn = draw();
      if (drawn < drop) return due;
      if (drawn < drop + duplicate) return [message, message, ...due];
      if (drawn < drop + duplicate + delay) {
        held.push({ message, left: 1 + Math.floor(draw() * 6) });
        return due;
      }
      return [message, ...due];
    },
    flush() {
      const rest = held.map(({ message }) => message);
      held = [];
      return rest;
    },
  };
}

/** Numbers from 0 to below 1 that depend on the seed alone (a linear congruence modulo 2^32). */
function generator(seed: number): () => number {
  let state = (seed ^ 0x5b_d1_e9_95) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
