// Files of a form: each goes up by itself when it is chosen, dropped, pasted or drawn.
import { token } from "./common.js";
import { restored } from "./sending.js";

// A signature drawn with a finger goes up as a picture a moment after the last stroke; a new stroke replaces it.
const sign = (drop, list, send) => {
  const canvas = drop.querySelector("canvas[data-draw]");
  if (!canvas) return;
  canvas.parentElement.hidden = false;
  const pen = canvas.getContext("2d");
  let down = false,
    timer = 0,
    item = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * canvas.width) / box.width,
      ((event.clientY - box.top) * canvas.height) / box.height
    ];
  };
  const forget = () => {
    clearTimeout(timer);
    item?.remove();
    item = null;
  };
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    forget();
    canvas.dataset.uploading = "1";
    down = true;
    pen.lineWidth = 5;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = "#12256b";
    pen.beginPath();
    pen.moveTo(...place(event));
    pen.lineTo(...place(event));
    pen.stroke();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (down) {
      pen.lineTo(...place(event));
      pen.stroke();
    }
  });
  const up = () => {
    if (!down) return;
    down = false;
    timer = setTimeout(
      () =>
      canvas.toBlob((blob) => {
        canvas.removeAttribute("data-uploading");
        send(new File([blob], canvas.dataset.draw, { type: "image/png" }));
        item = list.lastElementChild;
      }),
      700
    );
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  drop.querySelector("[data-draw-clear]").addEventListener("click", () => {
    forget();
    canvas.removeAttribute("data-uploading");
    pen.clearRect(0, 0, canvas.width, canvas.height);
  });
};

// Files go up on their own, so that a refused file never costs what was typed.
export const uploads = (signal) =>
  document.querySelectorAll(".drop").forEach((drop) => {
    const list = drop.querySelector("ul");
    const remove = (item) => {
      const b = document.createElement("button");
      b.type = "button";
      b.className = "btn btn-sm btn-link";
      b.textContent = drop.dataset.remove;
      b.addEventListener("click", () => item.remove());
      return b;
    };
    drop.querySelectorAll("li button").forEach((b) => b.addEventListener("click", () => b.parentElement.remove()));
    const fail = (item, text) => {
      item.removeAttribute("data-uploading");
      item.querySelector("progress")?.remove();
      const note = document.createElement("span");
      note.className = "text-danger";
      note.setAttribute("role", "alert");
      note.textContent = text;
      item.append(note, remove(item));
    };
    const send = (file) => {
      const item = document.createElement("li");
      item.dataset.uploading = "1";
      const name = document.createElement("span");
      name.textContent = file.name;
      item.append(name);
      list.append(item);
      if (file.size > Number(drop.dataset.largest)) {
        fail(item, drop.dataset.tooLarge);
        return;
      }
      const bar = document.createElement("progress");
      bar.max = 1;
      bar.value = 0;
      item.append(bar);
      const body = new FormData();
      body.append("file", file);
      const request = new XMLHttpRequest();
      request.open("POST", drop.dataset.url);
      request.setRequestHeader("X-CSRFToken", token());
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = event.loaded / event.total;
      });
      request.addEventListener("error", () => fail(item, drop.dataset.failed));
      request.addEventListener("load", () => {
        let answer = {};
        try {
          answer = JSON.parse(request.responseText);
        } catch {
          /* not ours */
        }
        if (request.getResponseHeader("Khet-Session") === "ended") {
          item.remove();
          restored().then((good) => {
            if (good) send(file);
          });
          return;
        }
        if (request.status !== 201) {
          fail(item, answer.error || drop.dataset.failed);
          return;
        }
        bar.remove();
        item.removeAttribute("data-uploading");
        const hidden = document.createElement("input");
        hidden.type = "hidden";
        hidden.name = drop.dataset.name;
        hidden.value = answer.id;
        item.append(hidden, remove(item));
        const wait = drop.closest("form").querySelector("[data-upload-wait]");
        if (wait && !drop.querySelector("[data-uploading]")) wait.hidden = true;
      });
      request.send(body);
    };
    drop.querySelectorAll("input[type=file]").forEach((one) =>
      one.addEventListener("change", () => {
        [...one.files].forEach(send);
        one.value = "";
      })
    );
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      [...event.dataTransfer.files].forEach(send);
    });
    sign(drop, list, send);
    document.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files || [])];
      if (files.length) {
        event.preventDefault();
        files.forEach(send);
      }
    }, { signal });
  });
