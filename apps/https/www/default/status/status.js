"use strict";
// Follows /status.json?follow, one line of JSON a second, and shows the last.
const table = document.getElementById("values");
const state = document.getElementById("state");

function show(status) {
	table.replaceChildren(...Object.entries(status).map(([name, value]) => {
		const row = document.createElement("tr");
		for (const text of [name.replaceAll("_", " "), value.toLocaleString("en")])
			row.appendChild(document.createElement("td")).textContent = text;
		return row;
	}));
	state.textContent = "live";
}

async function follow() {
	const reader = (await fetch("/status.json?follow")).body.pipeThrough(new TextDecoderStream()).getReader();
	let text = "";
	for (;;) {
		const { value, done } = await reader.read();
		if (done)
			return;
		text += value;
		const lines = text.split("\n");
		text = lines.pop();
		if (lines.length)
			show(JSON.parse(lines.at(-1)));
	}
}

async function run() {
	for (;;) {
		await follow().catch(() => {});
		state.textContent = "the guest does not answer; trying again";
		await new Promise((resolve) => setTimeout(resolve, 2000));
	}
}

run();
