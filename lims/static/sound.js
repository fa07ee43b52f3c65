// What was right and what was wrong is heard as well: two sounds no ear confuses, made here, from no file.
"use strict";
window.lims = window.lims || {};
(() => {
  const TONES = { // Hz, how long, and how long after the last one, s
    ok: { wave: "sine", notes: [[1320, 0.09, 0]] },
    stop: { wave: "square", notes: [[196, 0.16, 0], [196, 0.3, 0.08]] },
  };
  const USUAL = 60, LOUDEST = { sine: 0.5, square: 0.25 };
  const RAMP_S = 0.008; // a tone that begins at once clicks
  const kept = "lims.volume";
  let speaker;

  // How loud, 0 (off) to 100: as set at this browser, else as the terminal was registered.
  const volume = () => Number(localStorage.getItem(kept) ?? document.querySelector("meta[name=terminal]")?.dataset.volume ?? USUAL);

  const play = (context, wave, hertz, from, until) => {
    const tone = context.createOscillator(), gain = context.createGain();
    const level = LOUDEST[wave] * (volume() / 100) ** 2; // an ear hears the square
    tone.type = wave;
    tone.frequency.value = hertz;
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(level, from + RAMP_S);
    gain.gain.setValueAtTime(level, until - RAMP_S);
    gain.gain.linearRampToValueAtTime(0, until);
    tone.connect(gain).connect(context.destination);
    tone.start(from);
    tone.stop(until);
  };

  const sound = (tone) => {
    if (!TONES[tone] || !volume()) return;
    speaker = speaker || new AudioContext();
    if (speaker.state === "suspended") speaker.resume();
    let at = speaker.currentTime;
    for (const [hertz, length, pause] of TONES[tone].notes) {
      play(speaker, TONES[tone].wave, hertz, at + pause, at + pause + length);
      at += pause + length;
    }
  };

  // What the server answered to what was sent is heard when its page opens.
  addEventListener("DOMContentLoaded", () => {
    if (document.querySelector("main .problems, .stop-screen[open]")) sound("stop");
    else if (document.querySelector("main .flash.ok")) sound("ok");
  });

  Object.assign(window.lims, { sound, volume, setVolume: (percent) => localStorage.setItem(kept, percent) });
})();
