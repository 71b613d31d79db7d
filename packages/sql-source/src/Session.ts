import { ConnectorError } from "@starbase-replication/core/source"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Tls } from "./AddressSettings.ts"
import type { ServerAddress } from "./ServerAddress.ts"
import { hostHint } from "./tlsHints.ts"

/** A connection that a driver has opened. */
export interface Connection<Question, Answer> {
  /** True once nothing can be sent over it any more. */
  readonly isDead: () => boolean
  /** Sends a question and calls one of the two; what is called after that counts for nothing. */
  readonly ask: (question: Question, end: (answer: Answer) => void, fail: (error: unknown) => void) => void
  /**
   * Sends several questions at once and calls the function with what came of each; undefined for one that failed, and for
   * all after a connection that ended.
   */
  readonly askMany?: (
    questions: ReadonlyArray<Question>,
    end: (answers: ReadonlyArray<Answer | undefined>) => void,
  ) => void
  /** What an error means, and whether the connection can be used after it. */
  readonly explain: (error: unknown) => { readonly error: ConnectorError; readonly serves: boolean }
  /** Says goodbye, and calls once that is done. */
  readonly end: (done: () => void) => void
  /** Ends it at once; it is dead then. May be called more than once. */
  readonly destroy: () => void
}

/** Why there is no connection. */
export interface Refused {
  readonly error: ConnectorError
  /** Whether the server said that it has no encryption. */
  readonly isTlsRefused: boolean
}

/** What a session needs to know of its driver. */
export interface SessionOptions<Question, Answer, Opened = Connection<Question, Answer>> {
  readonly address: ServerAddress
  /** Connects, and ends what it began where it is interrupted. Timeouts are kept around it. */
  readonly connect: (tls: Tls) => Effect.Effect<Opened & Connection<Question, Answer>, Refused>
  /** Asked once on each new connection. */
  readonly first?: ReadonlyArray<Question>
  /** Asked before and after each question, where a pooler may give each transaction another session. */
  readonly around?: { readonly before: ReadonlyArray<Question>; readonly after: ReadonlyArray<Question> }
}

/** The one connection of a run. */
export interface Session<Question, Answer, Opened = Connection<Question, Answer>> {
  /** Asks a question; questions wait for each other. Connects where there is no connection. */
  readonly ask: (question: Question) => Effect.Effect<Answer, ConnectorError>
  /** Keeps the connection for one caller. */
  readonly hold: Effect.Effect<Held<Question, Answer, Opened>, ConnectorError, Scope.Scope>
  /** Asks several in one round trip, where the connection can; what has no answer must be asked alone. */
  readonly askMany: (
    questions: ReadonlyArray<Question>,
  ) => Effect.Effect<ReadonlyArray<Answer | undefined>, ConnectorError>
}

/** A connection that no other question is sent over, until the scope ends. */
export interface Held<Question, Answer, Opened = Connection<Question, Answer>> {
  readonly connection: Opened
  readonly ask: (question: Question) => Effect.Effect<Answer, ConnectorError>
  /** Waits for what the connection calls back, as long as for an answer. */
  readonly heard: <A>(waiting: Effect.Effect<A, ConnectorError>) => Effect.Effect<A, ConnectorError>
  /** Says that all that was begun on the connection has come to its end. Without that, it is ended with the scope. */
  readonly release: Effect.Effect<void, ConnectorError>
}

/** Opens nothing yet; what is open when the scope closes, is closed. An interrupted question ends the connection. */
export const makeSession = <
  Question,
  Answer extends { readonly reusable: boolean },
  Opened extends Connection<Question, Answer> = Connection<Question, Answer>,
>(
  options: SessionOptions<Question, Answer, Opened>,
): Effect.Effect<Session<Question, Answer, Opened>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { address, first = [], around } = options
    const turn = Semaphore.makeUnsafe(1)
    let current: Opened | undefined
    /** True where the last connection was given up because of rows that nobody wanted any more. */
    let wasCutShort = false
    yield* Effect.addFinalizer(() => (current === undefined ? Effect.void : close(current)))

    const cut = () => {
      wasCutShort = true
    }
    const run = (connection: Connection<Question, Answer>, question: Question) =>
      runOn(address, connection, question, cut)
    const all = (connection: Connection<Question, Answer>, questions: ReadonlyArray<Question>) =>
      Effect.forEach(questions, (question) => run(connection, question), { discard: true })

    /** A connection on which one of several questions failed would give other values: it is not used. */
    const whole = <A>(connection: Connection<Question, Answer>, asked: Effect.Effect<A, ConnectorError>) =>
      Effect.onError(asked, () => Effect.sync(connection.destroy))

    const connection = Effect.suspend(() => {
      if (current !== undefined && !current.isDead()) return Effect.succeed(current)
      const connected = connect(options)
      return Effect.tap(wasCutShort ? whileFreed(connected) : connected, (opened) => {
        current = opened
        wasCutShort = false
        return first.length === 0 ? Effect.void : whole(opened, all(opened, first))
      })
    })

    const ask = (opened: Connection<Question, Answer>, question: Question) => {
      if (around === undefined) return run(opened, question)
      return whole(
        opened,
        all(opened, around.before).pipe(
          Effect.andThen(run(opened, question)),
          Effect.tap(({ reusable }) => (reusable ? all(opened, around.after) : Effect.void)),
        ),
      )
    }
    const askMany = (opened: Connection<Question, Answer>, questions: ReadonlyArray<Question>) =>
      opened.askMany === undefined || around !== undefined
        ? Effect.succeed(questions.map(() => undefined))
        : Effect.tap(manyOn(address, opened, questions), (answers) =>
            Effect.sync(() => {
              if (!answers.some((answer) => answer?.reusable === false)) return
              cut()
              opened.destroy()
            }),
          )
    const hold = Effect.gen(function* () {
      yield* Effect.acquireRelease(turn.take(1), () => turn.release(1))
      const opened = yield* connection
      let isReleased = false
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          if (isReleased) return
          cut()
          opened.destroy()
        }),
      )
      if (around !== undefined) yield* all(opened, around.before)
      const held: Held<Question, Answer, Opened> = {
        connection: opened,
        ask: (question) => run(opened, question),
        heard: heard(address),
        release: Effect.map(around === undefined ? Effect.void : all(opened, around.after), () => {
          isReleased = true
        }),
      }
      return held
    })
    return {
      hold,
      ask: (question) => turn.withPermit(Effect.flatMap(connection, (opened) => ask(opened, question))),
      askMany: (questions) => turn.withPermit(Effect.flatMap(connection, (opened) => askMany(opened, questions))),
    }
  })

/** How long after its first attempt to connect the last one begins, in milliseconds. */
const freedWithin = 2000

/** After a page that was cut short the server may need a moment to notice and to have a connection to spare again. */
const whileFreed = <A>(connected: Effect.Effect<A, ConnectorError>): Effect.Effect<A, ConnectorError> =>
  Effect.flatMap(Clock.currentTimeMillis, (begun) =>
    Effect.retry(connected, {
      while: ({ code }) =>
        code === "unreachable" || code === "rate-limited"
          ? Effect.map(Clock.currentTimeMillis, (now) => now - begun < freedWithin)
          : false,
      schedule: Schedule.spaced("100 millis"),
    }),
  )

const runOn = <Question, Answer extends { readonly reusable: boolean }>(
  address: ServerAddress,
  connection: Connection<Question, Answer>,
  question: Question,
  cut: () => void,
): Effect.Effect<Answer, ConnectorError> =>
  Effect.callback<Answer, ConnectorError>((resume) => {
    const fail = (thrown: unknown) => {
      const { error, serves } = connection.explain(thrown)
      if (!serves) connection.destroy()
      resume(Effect.fail(error))
    }
    const end = (answer: Answer) => {
      if (!answer.reusable) {
        cut()
        connection.destroy()
      }
      resume(Effect.succeed(answer))
    }
    connection.ask(question, end, fail)
    return Effect.sync(connection.destroy)
  }).pipe(heard(address))

/** The same for several questions, of which each may fail for itself. All together have the time of one. */
const manyOn = <Question, Answer>(
  address: ServerAddress,
  connection: Connection<Question, Answer>,
  questions: ReadonlyArray<Question>,
): Effect.Effect<ReadonlyArray<Answer | undefined>, ConnectorError> =>
  Effect.callback<ReadonlyArray<Answer | undefined>, ConnectorError>((resume) => {
    connection.askMany?.(questions, (answers) => resume(Effect.succeed(answers)))
    return Effect.sync(connection.destroy)
  }).pipe(heard(address))

/** The server gives up after statementTimeout; where not even that is heard, the network is gone. */
const heard = ({ host, port, statementTimeout, connectTimeout }: ServerAddress) =>
  Effect.timeoutOrElse({
    duration: Duration.millis(statementTimeout + connectTimeout),
    orElse: () =>
      Effect.fail(new ConnectorError({ code: "timeout", message: `${host}:${port} did not answer a statement` })),
  })

const connect = <Opened>({
  address: { host, port, tls, connectTimeout },
  connect: attempt,
}: {
  readonly address: ServerAddress
  readonly connect: (tls: Tls) => Effect.Effect<Opened, Refused>
}): Effect.Effect<Opened, ConnectorError> => {
  const opened =
    tls === "prefer"
      ? Effect.catchIf(
          attempt(tls),
          ({ isTlsRefused }) => isTlsRefused,
          () => attempt("disable"),
        )
      : attempt(tls)
  return opened.pipe(
    Effect.mapError(({ error }) => error),
    Effect.timeoutOrElse({
      duration: Duration.millis(connectTimeout),
      orElse: () =>
        Effect.fail(
          new ConnectorError({
            code: "unreachable",
            message: `Could not connect to ${host}:${port}: it did not answer in time`,
            hint: `It is tried again by itself. Check host and port, and what stands between; where the database sleeps and takes longer to wake, raise connectTimeout.${hostHint(host)}`,
          }),
        ),
    }),
  )
}

/** How long the server may take to say goodbye, in milliseconds. */
const goodbye = 1000

const close = <Question, Answer>(connection: Connection<Question, Answer>): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const destroy = () => {
      connection.destroy()
      resume(Effect.void)
    }
    if (connection.isDead()) return destroy()
    const timer = setTimeout(destroy, goodbye)
    connection.end(() => {
      clearTimeout(timer)
      resume(Effect.void)
    })
  })
