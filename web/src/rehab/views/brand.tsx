import icon from "../../ui/icon.svg";

/** Brand is the product's mark and name. */
export function Brand() {
  return (
    <span class="brand">
      <img src={icon} alt="" width="32" height="32" />
      <span translate={false}>gotera</span>
    </span>
  );
}
