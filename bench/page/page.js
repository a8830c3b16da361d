/* The page: its parts in order, and what is under the pointer. */
'use strict';

/* "Handshake of ws://...", "Handshake: 3 compared", "3 runs compared". */
function titleOf({runs, comparison}) {
    const scenario = string(runs[0].json, 'scenario');
    const name = scenario === 'http' ? 'HTTP' : scenario.slice(0, 1).toUpperCase() + scenario.slice(1);

    if (!oneScenario(runs)) {
        return `${runs.length} runs compared`;
    }
    return runs.length === 1 && !comparison
        ? `${name} of ${string(runs[0].json, 'url') || runs[0].name}`
        : `${name}: ${runs.length} compared`;
}

function overTime(runs, churn) {
    return !haveTime(runs) ? [] : [
        heatFigure(runs),
        timeFigure(runs, OVER_TIME.rate),
        churn ? timeFigure(runs, OVER_TIME.population) : null,
        timeFigure(runs, OVER_TIME.errors),
        timeFigure(runs, OVER_TIME.cpu),
        timeFigure(runs, OVER_TIME.memory),
    ];
}

/* The scenario and what it was run against, in one line where and when, and then its figures. */
function partNodes(part) {
    const {runs, comparison} = part, json = runs[0].json, scenario = string(json, 'scenario');

    return [
        element('h1', {}, titleOf(part)),
        element('p', {class: 'soft'}, `${string(json, 'host.name')}, Linux ` +
                                      `${string(json, 'host.kernel')}, ` +
                                      string(json, 'started_at')),
        comparison ? comparisonFigures(comparison)
                   : [warnings(runs), runs.length === 1 ? tiles(runs[0]) : figuresTable(runs)],
        searchFigure(runs),
        heldFigures(runs),
        percentileFigure(runs, scenario === 'idle' ? 'Establishing, by percentile'
                                                   : 'Latency by percentile'),
        phasesFigure(runs),
        urlsTables(runs),
        overTime(runs, scenario === 'churn'),
        setup(part),
    ].flat(Infinity).filter((node) => node !== null);
}

/* Titles become a box that follows the pointer. */
function collectTips(main) {
    for (const tip of main.querySelectorAll('.tip')) {
        const title = tip.querySelector('title');

        tip.dataset.tip = title.textContent;
        title.remove();
    }
}

function followPointer() {
    const box = element('div', {id: 'tip'});
    let on = null;

    function hide() {
        on?.classList.remove('on');
        on = null;
        box.style.display = 'none';
    }

    function show(event) {
        const over = event.target, x = event.clientX, y = event.clientY;

        if (on !== over) {
            hide();
        }
        if (!over.dataset?.tip) {
            return;
        }
        on = over;
        on.classList.add('on');
        box.textContent = on.dataset.tip;
        box.style.display = 'block';
        const {offsetWidth: width, offsetHeight: height} = box;
        const left = x + 14 + width > innerWidth - 6 ? Math.max(6, x - 14 - width) : x + 14;
        const top = y + 14 + height > innerHeight - 6 ? Math.max(6, y - 14 - height) : y + 14;

        box.style.left = `${left}px`;
        box.style.top = `${top}px`;
    }

    document.body.append(box);
    document.addEventListener('pointermove', show);
    document.addEventListener('pointerdown', show);
    document.addEventListener('scroll', hide, {passive: true});
}

/* [{name, json}, ...], as they are in the page. */
function drawPage(results) {
    const main = document.querySelector('main'), parts = readParts(results);

    main.replaceChildren(...parts.flatMap(partNodes));
    collectTips(main);
    document.title = parts.length ? titleOf(parts[0]) : 'shunt-bench: no results';
}

/* The drawing, and the bytes of its file, or the sentence with why there is none. */
function drawAlone(results, name) {
    const style = document.getElementById('drawing').textContent;
    const svg = svgAlone(readParts(results), name, style);
    const file = typeof svg === 'string' ? '' : `${new XMLSerializer().serializeToString(svg)}\n`;

    document.querySelector('main').replaceChildren(
        svg, element('pre', {id: file ? 'svg' : 'refusal', hidden: ''}, file || svg));
}

function start() {
    const results = JSON.parse(document.getElementById('results').textContent);
    const alone = /^#svg(?:=(.*))?$/.exec(location.hash);

    if (alone) {
        drawAlone(results, alone[1] ?? '');
    } else {
        drawPage(results);
        followPointer();
    }
}

start();
