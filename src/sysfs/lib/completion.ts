/**
 * Waiting, as `struct completion` and `wait_for_completion()` of the kernel have it (kernel/sched/completion.c).
 *
 * A store that may have to wait (an mdev's `remove` while a guest holds the device) is written as a generator
 * that yields the completion it waits for. {@link start} runs it at once and to the end where nothing has to
 * be waited for, so the common case costs no promise and no turn of the event loop; and since a waiter goes on
 * inside {@link Completion.complete}, it does so in a thread whose event loop never turns, as the FUSE server's.
 */
export class Completion<T = void> implements PromiseLike<T> {
  #state: 'pending' | 'done' | 'failed' = 'pending'
  #value: unknown
  #waiters: { done: (value: T) => void; failed: (error: unknown) => void }[] = []

  get pending(): boolean {
    return this.#state === 'pending'
  }

  /** Lets every waiter go on, now. A second call is ignored. */
  complete(value: T): void {
    this.#settle('done', value)
  }

  /** Every waiter gets the error. */
  fail(error: unknown): void {
    this.#settle('failed', error)
  }

  /** Calls back at once where nothing is to be waited for. */
  wait(done: (value: T) => void, failed: (error: unknown) => void): void {
    if (this.#state === 'pending') this.#waiters.push({ done, failed })
    else if (this.#state === 'done') done(this.#value as T)
    else failed(this.#value)
  }

  /** So that front ends with an event loop can `await` it. */
  // biome-ignore lint/suspicious/noThenProperty: a completion is awaited by front ends that have an event loop
  then<A = T, B = never>(
    done?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return new Promise<T>((resolve, reject) => this.wait(resolve, reject)).then(done, failed)
  }

  #settle(state: 'done' | 'failed', value: unknown): void {
    if (this.#state !== 'pending') return
    this.#state = state
    this.#value = value
    const waiters = this.#waiters
    this.#waiters = []
    for (const { done, failed } of waiters) {
      if (state === 'done') done(value as T)
      else failed(value)
    }
  }
}

/** A piece of work that may wait. */
export type Task<T = void> = Generator<Completion, T, void>

/** `wait_for_completion()`: `yield* waitFor(completion)` inside a {@link Task}. */
export function* waitFor(completion: Completion): Task {
  if (completion.pending) yield completion
}

/** Runs a task until it ends, or until it has to wait: then a completion of its result is returned. */
export function start<T>(task: Task<T>): T | Completion<T> {
  let waiting: Completion<T> | undefined
  let result: T | undefined

  const advance = (resume: () => IteratorResult<Completion, T>): void => {
    let step: IteratorResult<Completion, T>
    try {
      step = resume()
    } catch (error) {
      if (!waiting) throw error
      waiting.fail(error)
      return
    }
    if (step.done) {
      if (waiting) waiting.complete(step.value)
      else result = step.value
      return
    }
    waiting ??= new Completion<T>()
    step.value.wait(
      () => advance(() => task.next()),
      error => advance(() => task.throw(error)),
    )
  }

  advance(() => task.next())
  return waiting ?? (result as T)
}
