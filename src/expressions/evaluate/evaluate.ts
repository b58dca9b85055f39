/** A piece of an expression, ready to be computed: it reads its variables from the frame it was built with. */
export type Evaluate = () => unknown;
