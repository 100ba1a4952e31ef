"use client";
import { useEffect } from "react";

export default function Page() {
  useEffect(() => {
    import("../programs/page.js");
  }, []);
  return <p>running</p>;
}
