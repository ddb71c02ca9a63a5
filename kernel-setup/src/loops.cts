import ts from "typescript";
import { KeyboardInterrupt } from "./errors.cjs";
import { STOP_PLACE, type StopSignal } from "./stop-signal.cjs";

const { factory } = ts;
/** The global name of the signal's memory: a constant, so that compiled loops hold it as one. */
const CELLS = "__stop__";

/**
 * Puts, into each loop of a cell or of a file beside the notebook, a look at the stop signal. Node can stop only the first part of
 * a cell, up to its first `await`; V8's `terminateExecution` would stop the rest too, but leaves Node's bookkeeping of
 * asynchronous calls broken, which ends the process at the next timer. An exception thrown from the loop itself is harmless.
 */
export const stoppableLoops: ts.TransformerFactory<ts.SourceFile> = (context) => {
  const visit = (node: ts.Node): ts.Node => {
    const visited = ts.visitEachChild(node, visit, context);
    if (ts.isWhileStatement(visited))
      return factory.updateWhileStatement(visited, visited.expression, looking(visited.statement));
    if (ts.isDoStatement(visited))
      return factory.updateDoStatement(visited, looking(visited.statement), visited.expression);
    if (ts.isForStatement(visited)) {
      const { initializer, condition, incrementor } = visited;
      return factory.updateForStatement(visited, initializer, condition, incrementor, looking(visited.statement));
    }
    if (ts.isForOfStatement(visited)) {
      const { awaitModifier, initializer, expression } = visited;
      return factory.updateForOfStatement(visited, awaitModifier, initializer, expression, looking(visited.statement));
    }
    if (ts.isForInStatement(visited))
      return factory.updateForInStatement(visited, visited.initializer, visited.expression, looking(visited.statement));
    return visited;
  };
  return (file) => ts.visitEachChild(file, visit, context);
};

/** A loop's body that looks at the signal first: `if (__stop__[0]) __tslab__.look();`, which costs no more than the loop's own counter. */
function looking(body: ts.Statement): ts.Statement {
  const isStopping = factory.createElementAccessExpression(factory.createIdentifier(CELLS), STOP_PLACE);
  const stop = factory.createCallExpression(
    factory.createPropertyAccessExpression(factory.createIdentifier("__tslab__"), "look"),
    undefined,
    [],
  );
  const look = factory.createIfStatement(isStopping, factory.createExpressionStatement(stop));
  const statements = ts.isBlock(body) ? body.statements : [body];
  return ts.setTextRange(factory.createBlock([look, ...statements], true), body);
}

/**
 * From now on loops of cells stop when they have to.
 * @param onStop Called before the loop throws.
 */
export function stopLoopsBy(signal: StopSignal, onStop: () => void): void {
  Object.defineProperty(globalThis, CELLS, { value: signal.cells });
  const box = (globalThis as unknown as { __tslab__: { look?: () => void } }).__tslab__;
  box.look = () => {
    if (!signal.isStopping()) return;
    signal.stopped();
    onStop();
    throw new KeyboardInterrupt();
  };
}
