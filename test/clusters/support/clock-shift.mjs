/** Preloaded into a process: its clock is ahead of the machine's by CLOCK_SHIFT_MS, or behind it when that is negative. */
const shiftMs = Number(process.env.CLOCK_SHIFT_MS ?? 0);
const now = Date.now.bind(Date);
const MachineDate = Date;

class ShiftedDate extends MachineDate {
  constructor(...given) {
    if (given.length === 0) super(now() + shiftMs);
    else super(...given);
  }

  static now() {
    return now() + shiftMs;
  }
}

globalThis.Date = ShiftedDate;
