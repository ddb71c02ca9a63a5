import { expectTypeOf } from "vitest";
import type { KernelBridge as KernelSide } from "#kernel/bridge.cjs";
import type { KernelBridge as HostSide } from "../../src/host/bridge.js";

// What the kernel makes is what host reads: the two are declared apart, as neither room may import the other.
expectTypeOf<KernelSide>().toExtend<HostSide>();
expectTypeOf<HostSide>().toExtend<KernelSide>();
